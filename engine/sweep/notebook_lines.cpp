#include "engine/sweep/notebook_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <set>
#include <tuple>

#include "engine/core/error.h"
#include "engine/experiment/option_text.h"
#include "engine/experiment/run_options.h"
#include "engine/sweep/experiment_kind.h"

namespace packrat {
namespace {

[[noreturn]] void refuse(const PlannedRun& run, const std::string& option, const std::string& text) {
  throw UserError(fmt::format(
      "--style notebook: the published scripts have no line for --{} {} of the run {}: leave the option or "
      "--style out",
      option, text, run.name));
}

/// Raw test features need no option: the published program knows no others.
void check_published(const PlannedRun& run) {
  const RunConfig config = run_config(run);
  for (const auto& [name, text] : run.options) {
    const bool understood =
        find_run_option(name).field == RunField(&RunConfig::test_features) && text == "raw";
    if (!find_run_option(name).published && !understood) refuse(run, name, text);
  }
  if (config.whole_dataset) refuse(run, "whole_dataset", "true");
}

/// "_thinning50", "_quantization4", "_convae16"; nothing without a codec.
std::string codec_words(const PlannedRun& run, const RunConfig& c) {
  if (c.compressor == "none") return "";
  const auto number = c.compressor == "thinning"       ? std::llround(100 * c.compression_factor)
                      : c.compressor == "quantization" ? c.n_states
                      : c.compressor == "convae"       ? c.latent_channels
                      : c.compressor == "fcae"         ? c.bottleneck_neurons
                                                       : c.latent_size;
  if (c.compressor == "thinning" && std::abs(100 * c.compression_factor - static_cast<double>(number)) > 1e-9)
    refuse(run, "compression_factor", run.options.at("compression_factor"));
  return fmt::format("_{}{}", c.compressor, number);
}

/// "_resnet34" of a whole network, "_splitr34_3" of what is left of one behind block 3.
std::string head_words(const PlannedRun& run, const RunConfig& c) {
  const std::string residual = "resnet";
  if (c.encoder == "none") return "_" + c.backbone;
  if (c.backbone.rfind(residual, 0) != 0) refuse(run, "backbone", c.backbone);
  return fmt::format("_splitr{}_{}", c.backbone.substr(residual.size()), c.encoding_block);
}

std::string range_words(const PlannedRun& run, const RunConfig& c) {
  if (c.compressor != "quantization" || c.strategy == "local") return "";
  if (c.strategy != "tiny_imagenet_transfer") refuse(run, "strategy", c.strategy);
  return "_transfer";
}

std::string notebook_name(const PlannedRun& run, const RunConfig& c) {
  std::string dataset = c.dataset;
  std::transform(dataset.begin(), dataset.end(), dataset.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  const std::string encoder = c.encoder == "none" ? "" : fmt::format("_{}_{}", c.encoder, c.encoding_block);
  return fmt::format("{}_m{}{}{}{}__s{}{}", dataset, c.memory_size, encoder, codec_words(run, c),
                     head_words(run, c), c.seed, range_words(run, c));
}

/// Where a run stands among the others.
auto order_key(const RunConfig& c) {
  constexpr std::array codecs{"none", "thinning", "quantization", "convae", "fcae", "vae"};
  const bool whole = c.encoder == "none";
  return std::tuple(std::find(codecs.begin(), codecs.end(), c.compressor) - codecs.begin(),
                    c.compressor != "quantization" && whole, c.memory_size, whole);
}

/// Every line says what names the run, its sampler and its head; other options where the grid gives them.
bool stands_in_line(const RunOption& option, const PlannedRun& run, const RunConfig& config) {
  if (!option.published || !applies(option, config)) return false;
  if (option.field == RunField(&RunConfig::backbone_block)) return config.encoder != "none";
  if (option.field == RunField(&RunConfig::log_dir)) return !config.log_dir.empty();
  return (option.aspect != Aspect::kOther && !option.is_flag()) || run.options.count(option.name) > 0 ||
         option.field == RunField(&RunConfig::sampler) || option.field == RunField(&RunConfig::backbone) ||
         option.field == RunField(&RunConfig::exp_name);
}

NotebookLine line_of(const PlannedRun& run, const std::string& log_dir) {
  check_published(run);
  RunConfig config = run_config(run);
  config.exp_name = notebook_name(run, config);
  config.log_dir = log_dir;
  config.backbone_block = config.encoding_block;
  std::set<std::string> said;
  for (const RunOption& option : run_options())
    if (stands_in_line(option, run, config)) said.insert(option.name);
  return {config.exp_name, run_words(config, said)};
}

}  // namespace

std::vector<NotebookLine> notebook_lines(const std::vector<PlannedRun>& runs, const std::string& log_dir) {
  std::vector<const PlannedRun*> order;
  for (const PlannedRun& run : runs) order.push_back(&run);
  std::stable_sort(order.begin(), order.end(), [](const PlannedRun* a, const PlannedRun* b) {
    return order_key(run_config(*a)) < order_key(run_config(*b));
  });
  std::vector<NotebookLine> lines;
  std::set<std::string> names;
  for (const PlannedRun* run : order) {
    lines.push_back(line_of(*run, log_dir));
    if (const std::string& name = lines.back().name; !names.insert(name).second)
      throw UserError(
          fmt::format("--style notebook: two runs of the grid would both be called {}, one of them {}: the "
                      "notebooks' names "
                      "tell slots, encoder, codec, head and seed alone",
                      name, run->name));
  }
  return lines;
}

}  // namespace packrat
