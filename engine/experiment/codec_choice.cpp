#include "engine/experiment/codec_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "compressors/codec.h"
#include "compressors/registry.h"
#include "compressors/spec_text.h"
#include "engine/core/error.h"
#include "engine/core/parse_value.h"
#include "engine/cost/autoencoder_cost.h"
#include "engine/data/dataset_name.h"
#include "engine/experiment/feature_form.h"
#include "engine/features/prepared_data.h"
#include "engine/methods/method_table.h"
#include "models/transfer_ranges.h"
#include "models/weights_dir.h"

namespace packrat {
namespace {

// Where the table of ranges keeps those of normalised pixels, which depend on no weights.
constexpr std::string_view kPixels = "pixels";

/// "local", "LO:HI" from "range:LO:HI", or "X_transfer" looked up.
std::string range_text(const std::string& strategy, const RunConfig& config,
                       std::string_view weights_sha256) {
  if (strategy == "local") return strategy;
  if (strategy.rfind("range:", 0) == 0) return strategy.substr(6);
  const std::string suffix = "_transfer";
  if (strategy.size() <= suffix.size() ||
      strategy.compare(strategy.size() - suffix.size(), suffix.size(), suffix) != 0)
    throw UserError(fmt::format(
        "--strategy is '{}', but must be local, tiny_imagenet_transfer, cifar10_transfer, cifar100_transfer "
        "or range:LO:HI",
        strategy));
  const std::string source = strategy.substr(0, strategy.size() - suffix.size());
  if (source == dataset_name(config.dataset))
    throw UserError(fmt::format(
        "{} is the range of {}'s own test images, and a transfer range comes from another data set: choose "
        "another _transfer, local or range:LO:HI",
        strategy, config.dataset));
  const bool encoded = config.encoder != "none";
  const FeatureForm form = feature_form(config);
  if (!form.is_plain_cut())
    throw UserError(
        fmt::format("{} is the range behind a single cut, but the features are {}: choose local or "
                    "range:LO:HI, or range=fit in --codec",
                    strategy, form.cut_text()));
  const auto [lo, hi] =
      transfer_range(shipped_file("transfer_ranges.json"), encoded ? weights_sha256 : kPixels, source,
                     encoded ? Cut(form.cut_text()) : Cut());
  return fmt::format("{}:{}", lo, hi);
}

constexpr std::string_view kRange = "range=", kTransfer = "_transfer";

/// The spec with the value of every range=X_transfer replaced by what `numbers` makes of it.
template <typename Numbers>
std::string with_ranges(std::string_view spec, const Numbers& numbers) {
  std::string result;
  for (std::size_t at; (at = spec.find(kRange)) != std::string_view::npos;) {
    const std::size_t begin = at + kRange.size(),
                      end = std::min(spec.find_first_of(",| ", begin), spec.size());
    const std::string_view value = spec.substr(begin, end - begin);
    const bool transfer =
        value.size() > kTransfer.size() && value.substr(value.size() - kTransfer.size()) == kTransfer;
    result += spec.substr(0, begin);
    result += transfer ? numbers(std::string(value)) : std::string(value);
    spec.remove_prefix(end);
  }
  return result.append(spec);
}

/// The spec that the published flags ask for, with `range` for a quantizer's strategy.
std::string spec_of_flags(const RunConfig& config, const std::string& range) {
  if (config.compressor == "quantization")
    return fmt::format("quantize:states={},range={}", config.n_states, range);
  if (config.compressor == "thinning")  // in the published layout, not the smallest
    return fmt::format("thin:factor={},index=coordinates16", config.compression_factor);
  if (config.compressor == "convae")
    return normal_form(fmt::format("convae:channels={},blocks={}", config.latent_channels, config.n_blocks));
  if (config.compressor == "fcae")
    return normal_form(fmt::format("fcae:neurons={},layers={}", config.bottleneck_neurons, config.n_layers));
  if (config.compressor == "vae")
    return normal_form(fmt::format("vae:latent={},width={}", config.latent_size, config.vae_width));
  return "none";
}

/// Sets a field to the value of an option of the stage; whether there is none, or it is one of the field's
/// type.
template <typename T>
bool take_option(const StageText& stage, const char* key, T& field) {
  const std::string* value = stage.find(key);
  return value == nullptr || parse_value(*value, field);
}

/// Gives `config` the flags whose names and numbers a stage has; false when a value is none of theirs.
bool take_flags(const StageText& stage, RunConfig& config) {
  static const std::map<std::string, std::string> compressors{
      {"none", "none"},     {"quantize", "quantization"},
      {"thin", "thinning"}, {"convae", "convae"},
      {"fcae", "fcae"},     {"vae", "vae"}};
  const auto compressor = compressors.find(stage.name);
  if (compressor == compressors.end()) return false;
  config.compressor = compressor->second;
  if (const std::string* range = stage.find("range"))
    config.strategy = range->find(':') == std::string::npos ? *range : "range:" + *range;
  return take_option(stage, "states", config.n_states) &&
         take_option(stage, "factor", config.compression_factor) &&
         take_option(stage, "channels", config.latent_channels) &&
         take_option(stage, "blocks", config.n_blocks) &&
         take_option(stage, "neurons", config.bottleneck_neurons) &&
         take_option(stage, "layers", config.n_layers) && take_option(stage, "latent", config.latent_size) &&
         take_option(stage, "width", config.vae_width);
}

/// Whether two normal forms of one stage say the same, 0.90 and 0.9 alike.
bool same_stage(const StageText& a, const StageText& b) {
  const auto same = [](const std::string& x, const std::string& y) {
    double u = 0, v = 0;
    return x == y || (parse_value(x, u) && parse_value(y, v) && u == v);
  };
  return a.name == b.name && std::equal(a.options.begin(), a.options.end(), b.options.begin(),
                                        b.options.end(), [&](const auto& x, const auto& y) {
                                          return x.first == y.first && same(x.second, y.second);
                                        });
}

/// Puts the flags that ask for the codec `spec` into `config`; false when none do.
bool spell_with_flags(const std::string& spec, RunConfig& config) {
  const std::vector<StageText> stages = parse_spec(normal_form(spec));
  RunConfig flags = config;
  if (stages.size() != 1 || !take_flags(parse_spec(spec)[0], flags)) return false;
  const bool numbers = flags.strategy.rfind("range:", 0) == 0;
  const std::string range = numbers ? flags.strategy.substr(6) : flags.strategy;
  // A range that is learned has no flag, though it would look like a strategy.
  if (range == "fit" || !same_stage(stages[0], parse_spec(normal_form(spec_of_flags(flags, range)))[0]))
    return false;
  config = flags;
  return true;
}

}  // namespace

std::string codec_spec(const RunConfig& config, std::string_view weights_sha256) {
  const auto numbers = [&](const std::string& strategy) {
    return range_text(strategy, config, weights_sha256);
  };
  if (!config.codec.empty()) return with_ranges(config.codec, numbers);
  return spec_of_flags(config, config.compressor == "quantization" ? numbers(config.strategy) : "");
}

RunConfig published_spelling(RunConfig config) {
  config.dataset = dataset_display_name(config.dataset);
  config.backbone_block = config.encoder == "none" ? "0" : config.encoding_block;
  if (const std::string spec = std::exchange(config.codec, "");
      !spec.empty() && !spell_with_flags(spec, config))
    config.compressor = spec;
  if (config.method != kReplayMethod)
    config.compressor = config.method;  // not entries alone: the notebooks stop there
  return config;
}

namespace {

StageDescription describe_quantize(const StageText& text) {
  StageDescription stage;
  stage.kind = StageDescription::Kind::kQuantization;
  stage.states = std::stoll(*text.find("states"));
  stage.local = *text.find("range") == "local";
  stage.zero_exact = text.find("zero") != nullptr;
  stage.per_channel = text.find("per") != nullptr;
  return stage;
}

StageDescription describe_thin(const StageText& text) {
  using Index = StageDescription::Index;
  static const std::map<std::string, Index> indexes{{"coordinates16", Index::kCoordinates},
                                                    {"packed", Index::kPacked},
                                                    {"bitmap", Index::kBitmap},
                                                    {"delta", Index::kDelta},
                                                    {"eliasfano", Index::kEliasFano}};
  StageDescription stage;
  stage.kind = StageDescription::Kind::kThinning;
  stage.compression_factor = std::stod(*text.find("factor"));
  const std::string* index = text.find("index");
  stage.index = index == nullptr ? Index::kSmallest : indexes.at(*index);
  return stage;
}

/// `text` is in its canonical form: options at their default are left out.
StageDescription describe_stage(const StageText& text) {
  using Kind = StageDescription::Kind;
  static const std::map<std::string, Kind> plain{{"none", Kind::kNone},
                                                 {"float16", Kind::kHalf},
                                                 {"bfloat16", Kind::kHalf},
                                                 {"codebook", Kind::kCodebook},
                                                 {"pq", Kind::kProductQuantization},
                                                 {"resize", Kind::kResize},
                                                 {"convae", Kind::kConvolutional},
                                                 {"fcae", Kind::kFullyConnected},
                                                 {"vae", Kind::kVariational},
                                                 {"jpeg", Kind::kVariable},
                                                 {"webp", Kind::kVariable},
                                                 {"entropy", Kind::kEntropy}};
  if (text.name == "quantize") return describe_quantize(text);
  if (text.name == "thin") return describe_thin(text);
  if (plain.count(text.name) == 0)
    throw std::logic_error(fmt::format("codec stage '{}' has no cost formula", text.name));
  const auto number = [&](const char* key, std::int64_t otherwise) {
    const std::string* value = text.find(key);
    return value == nullptr ? otherwise : std::stoll(*value);
  };
  StageDescription stage;
  stage.kind = plain.at(text.name);
  stage.states = number("states", 0);
  stage.subspaces = number("subspaces", 0);
  stage.bits = number("bits", 8);
  stage.size = number("size", 0);
  if (is_autoencoder(stage.kind)) {
    const bool convolutional = stage.kind == Kind::kConvolutional;
    stage.size = number(convolutional                         ? "channels"
                        : stage.kind == Kind::kFullyConnected ? "neurons"
                                                              : "latent",
                        0);
    stage.depth = convolutional ? number("blocks", 2) : number("layers", 6);
    stage.width = number("width", 400);
  }
  return stage;
}

}  // namespace

Domain domain_of(const RunConfig& config, const DatasetInfo& info) {
  if (config.encoder == "none") return pixel_domain(info);
  Domain domain;
  domain.shape = feature_form(config).shape();
  return domain;
}

void check_codec(const RunConfig& config, const DatasetInfo& info) {
  if (config.codec.empty()) return;
  // Transferred ranges are looked up with the weights; any range will do here.
  check_codec(with_ranges(config.codec, [](const std::string&) { return std::string("0:1"); }),
              domain_of(config, info));
}

StorageDescription describe_storage(std::string_view spec, const Domain& domain, std::int64_t slots) {
  StorageDescription description;
  description.values = domain.values();
  description.pixels = domain.pixels;
  description.slots = slots;
  description.channels = domain.shape[0];
  for (const StageText& text : parse_spec(spec)) description.stages.push_back(describe_stage(text));
  return description;
}

}  // namespace packrat
