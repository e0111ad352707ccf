#include "engine/experiment/codec_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "compressors/codec.h"
#include "compressors/registry.h"
#include "engine/buffer/storage_plan.h"
#include "engine/core/error.h"
#include "engine/core/parse_value.h"
#include "engine/data/dataset_name.h"
#include "engine/experiment/feature_form.h"
#include "engine/experiment/recipe.h"
#include "engine/features/prepared_data.h"
#include "engine/methods/method_table.h"
#include "models/transfer_ranges.h"
#include "models/weights_dir.h"

namespace packrat {
namespace {

// Where the table of ranges keeps those of normalised pixels, which depend on no weights.
constexpr std::string_view kPixels = "pixels";

constexpr std::string_view kTransfer = "_transfer";

bool is_transfer(const std::string& range) {
  return range.size() > kTransfer.size() &&
         range.compare(range.size() - kTransfer.size(), kTransfer.size(), kTransfer) == 0;
}

/// "local", "LO:HI" from "range:LO:HI", or "X_transfer" looked up.
std::string range_text(const std::string& strategy, const RunConfig& config,
                       std::string_view weights_sha256) {
  if (strategy == "local") return strategy;
  if (strategy.rfind("range:", 0) == 0) return strategy.substr(6);
  if (!is_transfer(strategy))
    throw UserError(fmt::format(
        "--strategy is '{}', but must be local, tiny_imagenet_transfer, cifar10_transfer, cifar100_transfer "
        "or range:LO:HI",
        strategy));
  const std::string source = strategy.substr(0, strategy.size() - kTransfer.size());
  if (source == dataset_name(config.dataset))
    throw UserError(fmt::format(
        "{} is the range of {}'s own test images, and a transfer range comes from another data set: choose "
        "another _transfer, local or range:LO:HI",
        strategy, config.dataset));
  if (names_features(config.dataset))
    throw UserError(
        fmt::format("{} is the range of an encoder's features or of pixels, but {} has features of its "
                    "own: choose local or range:LO:HI, or range=fit in --codec",
                    strategy, config.dataset));
  const bool encoded = config.encoder != "none";
  const FeatureForm form = feature_form(config);
  if (!form.is_plain_cut())
    throw UserError(
        fmt::format("{} is the range behind a single cut, but the features are {}: choose local or "
                    "range:LO:HI, or range=fit in --codec",
                    strategy, form.cut_text()));
  if (form.image != ImageForm())
    throw UserError(fmt::format(
        "{} is a range of images of 32x32 pixels, but this run has --image_size {}{}: choose local "
        "or range:LO:HI, or range=fit in --codec",
        strategy, config.image_size, form.image.centre_crop ? " --image_crop centre" : ""));
  const auto [lo, hi] =
      transfer_range(shipped_file("transfer_ranges.json"), encoded ? weights_sha256 : kPixels, source,
                     encoded ? Cut(form.cut_text()) : Cut());
  return fmt::format("{}:{}", lo, hi);
}

/// Every range X_transfer of the spec replaced by what `numbers` makes of it.
template <typename Numbers>
CodecSpec with_ranges(CodecSpec spec, const Numbers& numbers) {
  for (std::size_t s = 0; s < spec.stages().size(); ++s)
    if (const std::string* range = spec.stages()[s].options.find("range"); range && is_transfer(*range))
      spec = spec.with(s, "range", numbers(*range));
  return spec;
}

/// The spec that the published flags ask for, with `range` for a quantizer's strategy.
CodecSpec spec_of_flags(const RunConfig& c, const std::string& range) {
  const std::string text =
      c.compressor == "quantization" ? fmt::format("quantize:states={},range={}", c.n_states, range)
      // in the published layout, not the smallest
      : c.compressor == "thinning" ? fmt::format("thin:factor={},index=coordinates16", c.compression_factor)
      : c.compressor == "convae" ? fmt::format("convae:channels={},blocks={}", c.latent_channels, c.n_blocks)
      : c.compressor == "fcae"   ? fmt::format("fcae:neurons={},layers={}", c.bottleneck_neurons, c.n_layers)
      : c.compressor == "vae"    ? fmt::format("vae:latent={},width={}", c.latent_size, c.vae_width)
                                 : "none";
  return CodecSpec::parse(text);
}

/// Sets a field to the value of an option of the stage; whether there is none, or it is one of the field's
/// type.
template <typename T>
bool take_option(const StageSpec& stage, const char* key, T& field) {
  const std::string* value = stage.options.find(key);
  return value == nullptr || parse_value(*value, field);
}

/// Gives `config` the flags whose names and numbers a stage has; false when a value is none of theirs.
bool take_flags(const StageSpec& stage, RunConfig& config) {
  config.compressor = published_stage_name(stage.name);
  if (const std::string* range = stage.options.find("range"))
    config.strategy = range->find(':') == std::string::npos ? *range : "range:" + *range;
  return take_option(stage, "states", config.n_states) &&
         take_option(stage, "factor", config.compression_factor) &&
         take_option(stage, "channels", config.latent_channels) &&
         take_option(stage, "blocks", config.n_blocks) &&
         take_option(stage, "neurons", config.bottleneck_neurons) &&
         take_option(stage, "layers", config.n_layers) && take_option(stage, "latent", config.latent_size) &&
         take_option(stage, "width", config.vae_width);
}

/// Whether two stages say the same, 0.90 and 0.9 alike.
bool same_stage(const StageSpec& a, const StageSpec& b) {
  if (a.name != b.name) return false;
  const auto same = [](const std::string& x, const std::string& y) {
    double u = 0, v = 0;
    return x == y || (parse_value(x, u) && parse_value(y, v) && u == v);
  };
  const auto& all = a.options.values();
  return std::all_of(all.begin(), all.end(),
                     [&](const auto& option) { return same(option.second, b.options.text(option.first)); });
}

/// Puts the flags that ask for the codec `spec` into `config`; false when none do.
bool spell_with_flags(const std::string& text, RunConfig& config) {
  const CodecSpec spec = CodecSpec::parse(text);
  RunConfig flags = config;
  const StageSpec& stage = spec.stages().front();
  if (spec.stages().size() != 1 || !take_flags(stage, flags)) return false;
  const bool numbers = flags.strategy.rfind("range:", 0) == 0;
  const std::string range = numbers ? flags.strategy.substr(6) : flags.strategy;
  // A range that is learned has no flag, though it would look like a strategy.
  if (range == "fit" || !same_stage(stage, spec_of_flags(flags, range).stages().front())) return false;
  config = flags;
  return true;
}

}  // namespace

CodecSpec codec_spec(const RunConfig& config, std::string_view weights_sha256) {
  const auto numbers = [&](const std::string& strategy) {
    return range_text(strategy, config, weights_sha256);
  };
  if (!config.codec.empty()) return with_ranges(CodecSpec::parse(config.codec), numbers);
  return spec_of_flags(config, config.compressor == "quantization" ? numbers(config.strategy) : "");
}

RunConfig published_spelling(RunConfig config) {
  config.dataset = dataset_display_name(config.dataset);
  config.backbone_block = head_begins_after(config);
  if (const std::string spec = std::exchange(config.codec, "");
      !spec.empty() && !spell_with_flags(spec, config))
    config.compressor = spec;
  if (config.method != kReplayMethod)
    config.compressor = config.method;  // not entries alone: the notebooks stop there
  return config;
}

Domain domain_of(const RunConfig& config, const DatasetInfo& info) {
  if (info.feature_shape) {
    Domain features;
    features.shape = *info.feature_shape;
    return features;
  }
  if (config.encoder == "none") return pixel_domain(info);
  Domain domain;
  domain.shape = feature_form(config).shape();
  return domain;
}

void check_codec(const RunConfig& config, const DatasetInfo& info) {
  const Domain domain = domain_of(config, info);
  // Transferred ranges are looked up with the weights; any range will do here.
  const std::string any = "0:1";
  const CodecSpec spec =
      !config.codec.empty()
          ? with_ranges(CodecSpec::parse(config.codec), [&](const std::string&) { return any; })
          : spec_of_flags(config, config.strategy == "local" ? config.strategy : any);
  if (info.feature_shape)
    check_codec(codec_spec(config, ""), domain);
  else if (!config.codec.empty())
    check_codec(spec, domain);
  if (config.buffer_device == "cuda" && !spec.learns()) check_decoded_on_device(make_codec(spec, domain));
}

StorageDescription describe_storage(const Codec& codec, std::int64_t slots) {
  return {CodecSpec::parse(codec.spec()), codec.domain(), slots};
}

}  // namespace packrat
