#include <fmt/format.h>

#include "engine/core/bytes.h"
#include "engine/data/dataset_name.h"
#include "engine/experiment/feature_form.h"
#include "engine/experiment/run_options.h"
#include "engine/methods/method_table.h"

namespace packrat {
namespace {

/// "quantization-4-local", or the spec given with --codec.
std::string codec_name(const RunConfig& c) {
  if (!c.codec.empty()) return c.codec;
  if (c.compressor == "quantization") return fmt::format("{}-{}-{}", c.compressor, c.n_states, c.strategy);
  if (c.compressor == "thinning") return fmt::format("{}-{}", c.compressor, c.compression_factor);
  if (c.compressor == "convae") return fmt::format("{}-{}", c.compressor, c.latent_channels);
  if (c.compressor == "fcae") return fmt::format("{}-{}", c.compressor, c.bottleneck_neurons);
  if (c.compressor == "vae") return fmt::format("{}-{}", c.compressor, c.latent_size);
  return c.compressor;
}

/// "quantization-4-local_1000_p128", or "slda-pool-1x2".
std::string learning_name(const RunConfig& c) {
  const std::string bytes = c.memory_bytes.empty() ? "" : fmt::format("{}B", parse_byte_size(c.memory_bytes));
  if (!keeps_entries(c.method)) return c.method + (bytes.empty() ? "" : "_" + bytes);
  const std::string budget = c.whole_dataset ? "whole"
                             : bytes.empty() ? fmt::format("{}", c.memory_size)
                                             : bytes;
  const std::string state = c.method == kReplayMethod ? "" : c.method + "_";
  return fmt::format("{}{}_{}_p{}", state, codec_name(c), budget, c.num_passes);
}

/// Whether the option tells runs apart and has no place of its own in a run's name.
bool follows_in_name(const RunOption& option, const RunConfig& config) {
  const bool placed = option.aspect != Aspect::kTask && option.aspect != Aspect::kCodecDetail &&
                      option.aspect != Aspect::kOther;
  return option.role == Role::kResult && !placed && applies(option, config) && is_set(option, config);
}

}  // namespace

std::string default_exp_name(const RunConfig& c) {
  const std::string encoder =
      c.encoder == "none" ? "none" : fmt::format("{}-{}", encoder_label(c), feature_form(c).cut_text());
  std::string name =
      fmt::format("{}_{}_{}_s{}", dataset_file_stem(c.dataset), encoder, learning_name(c), c.seed);
  for (const RunOption& option : run_options())
    if (follows_in_name(option, c)) name += fmt::format("_{}-{}", option.name, value_text(option, c));
  for (char& ch : name)
    if (std::string("|:,=/\" ").find(ch) != std::string::npos) ch = '-';
  return name;
}

}  // namespace packrat
