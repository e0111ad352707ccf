#include "engine/experiment/codec_choice.h"

#include <fmt/format.h>

#include <regex>

#include "compressors/spec_text.h"
#include "engine/core/error.h"
#include "engine/data/dataset.h"
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
  if (source == find_dataset(config.dataset).name)
    throw UserError(fmt::format(
        "{} is the range of {}'s own test images, and a transfer range comes from another data set: choose "
        "another _transfer, local or range:LO:HI",
        strategy, config.dataset));
  const bool encoded = config.encoder != "none";
  const auto [lo, hi] =
      transfer_range(shipped_file("transfer_ranges.json"), encoded ? weights_sha256 : kPixels, source,
                     encoded ? Cut::parse(config.encoding_block) : Cut::none());
  return fmt::format("{}:{}", lo, hi);
}

/// Replaces every range=X_transfer of a spec by the numbers.
std::string with_ranges(const std::string& spec, const RunConfig& config, std::string_view weights_sha256) {
  static const std::regex transfer("range=(\\w+_transfer)");
  std::string result;
  auto rest = spec.cbegin();
  for (std::smatch match; std::regex_search(rest, spec.cend(), match, transfer); rest = match.suffix().first)
    result += match.prefix().str() + "range=" + range_text(match[1], config, weights_sha256);
  return result.append(rest, spec.cend());
}

}  // namespace

std::string codec_spec(const RunConfig& config, std::string_view weights_sha256) {
  if (!config.codec.empty()) return with_ranges(config.codec, config, weights_sha256);
  if (config.compressor == "quantization")
    return fmt::format("quantize:states={},range={}", config.n_states,
                       range_text(config.strategy, config, weights_sha256));
  if (config.compressor == "thinning")  // in the published layout, not the smallest
    return fmt::format("thin:factor={},index=coordinates16", config.compression_factor);
  return "none";
}

StorageDescription describe_storage(std::string_view spec, const Domain& domain, std::int64_t slots) {
  StorageDescription description;
  description.values = domain.values();
  description.pixels = domain.pixels;
  description.slots = slots;
  for (const StageText& text : parse_spec(spec)) {
    StageDescription stage;
    if (text.name == "quantize") {
      stage.kind = StageDescription::Kind::kQuantization;
      stage.states = std::stoll(*text.find("states"));
      stage.local = *text.find("range") == "local";
    } else if (text.name == "thin") {
      stage.kind = StageDescription::Kind::kThinning;
      stage.compression_factor = std::stod(*text.find("factor"));
    } else if (text.name != "none") {
      throw std::logic_error(fmt::format("codec stage '{}' has no cost formula", text.name));
    }
    description.stages.push_back(stage);
  }
  return description;
}

}  // namespace packrat
