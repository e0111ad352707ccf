#include "engine/experiment/feature_form.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "engine/core/error.h"
#include "engine/core/parse_value.h"
#include "engine/core/utf8.h"
#include "engine/experiment/run_options.h"
#include "engine/onnx/onnx_graph.h"
#include "engine/topology/backbone.h"

namespace packrat {
namespace {

std::vector<std::string> blocks_of(const RunConfig& config) {
  if (config.blocks.empty()) return {config.encoding_block};
  const Backbone& backbone = find_encoder(config.encoder);
  std::vector<std::string> blocks = split_at_plus(config.blocks);
  int depth = 0;
  for (const std::string& block : blocks) {
    const auto& cuts = backbone.cuts();
    if (std::find(cuts.begin(), cuts.end(), Cut(block)) == cuts.end())
      throw UserError(
          fmt::format("--blocks names '{}', but must name cuts from {}, joined by +, such as 3+{}", block,
                      backbone.cuts_text(), cuts.back().text()));
    if (backbone.depth(Cut(block)) <= depth)
      throw UserError(
          fmt::format("--blocks is {}: give each cut once, from the first to the deepest", config.blocks));
    depth = backbone.depth(Cut(block));
  }
  return blocks;
}

std::vector<Pooling> poolings_of(const RunConfig& config, std::size_t blocks) {
  std::vector<Pooling> poolings = parse_poolings(config.pool, "--pool");
  if (poolings.size() == 1) poolings.resize(blocks, poolings.front());
  if (poolings.size() != blocks)
    throw UserError(fmt::format("--pool is {}, but there are {} blocks: give one for all, or one for each",
                                config.pool, blocks));
  return poolings;
}

/// "0.5,0.5,0.5"; false for anything else.
bool read_channels(const std::string& text, bool above_zero, std::array<float, 3>& values) {
  std::size_t begin = 0, count = 0;
  while (begin <= text.size() && count < 3) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    double value = 0;
    if (!parse_value(text.substr(begin, end - begin), value) || !(value >= 0 && value <= 1) ||
        (above_zero && value == 0))
      return false;
    values[count++] = static_cast<float>(value);
    begin = end + 1;
  }
  return count == 3 && begin == text.size() + 1;
}

std::array<std::int64_t, 3> shape_of(const FeatureTap& tap) {
  return pooled_shape(tap.pooling, tap.maps, fmt::format("--pool behind block {}", tap.block));
}

}  // namespace

bool FeatureForm::is_plain_cut() const {
  return taps.empty() || (taps.size() == 1 && taps[0].pooling.keeps_all());
}

std::array<std::int64_t, 3> FeatureForm::shape() const {
  if (taps.empty()) return image.shape();
  if (taps.size() == 1) return shape_of(taps[0]);
  std::int64_t values = 0;
  for (const FeatureTap& tap : taps) {
    const auto [channels, height, width] = shape_of(tap);
    values += channels * height * width;
  }
  return {values, 1, 1};
}

std::vector<RowPart> FeatureForm::parts() const {
  std::vector<RowPart> parts;
  for (const FeatureTap& tap : taps) parts.push_back({tap.block, shape_of(tap)});
  return parts;
}

std::string FeatureForm::cut_text() const {
  if (taps.empty()) return "none";
  std::vector<std::string> blocks, poolings;
  for (const FeatureTap& tap : taps) blocks.push_back(tap.block), poolings.push_back(tap.pooling.text());
  const bool pooled =
      std::any_of(taps.begin(), taps.end(), [](const FeatureTap& tap) { return !tap.pooling.keeps_all(); });
  return fmt::format("{}{}", fmt::join(blocks, "+"),
                     pooled ? fmt::format("_pool-{}", fmt::join(poolings, "+")) : "");
}

std::string encoder_label(const RunConfig& config) {
  if (!names_onnx_file(config.encoder)) return config.encoder;
  std::string label = "onnx-" + onnx_source(config.encoder).file.stem().string();
  for (char& c : label)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '_') c = '-';
  return label;
}

bool has_network_encoder(const RunConfig& config) {
  return config.encoder != "none" && !names_onnx_file(config.encoder);
}

OnnxSource encoder_source(const RunConfig& config) {
  OnnxSource source = onnx_source(config.encoder);
  if (!config.weights.empty()) source.file = config.weights;
  return source;
}

std::optional<Normalisation> normalisation_of(const RunConfig& config) {
  if (config.normalise == "dataset") return std::nullopt;
  if (config.normalise == "imagenet") return kImageNetNormalisation;
  Normalisation normalisation{};
  const std::size_t colon = config.normalise.find(':');
  if (colon == std::string::npos ||
      !read_channels(config.normalise.substr(0, colon), false, normalisation.mean) ||
      !read_channels(config.normalise.substr(colon + 1), true, normalisation.std))
    throw UserError(fmt::format(
        "--normalise is '{}', but must be dataset, imagenet, or MEAN:STD, each three numbers from 0 "
        "to 1 (STD above 0), such as 0.485,0.456,0.406:0.229,0.224,0.225",
        printable(config.normalise)));
  return normalisation;
}

ImageForm image_form(const RunConfig& config) {
  check_value(find_run_option(&RunConfig::image_size), config);
  const RunOption& crop = find_run_option(&RunConfig::image_crop);
  check_choice(crop.name, config.image_crop, crop.choices);
  return {config.image_size, config.image_crop == "centre"};
}

FeatureForm feature_form(const RunConfig& config) {
  FeatureForm form;
  form.image = image_form(config);
  form.both_views = config.views == "flip:keep";
  form.mirrored = config.views != "none";
  if (config.encoder == "none") return form;
  if (names_onnx_file(config.encoder)) {
    const OnnxSource source = encoder_source(config);
    form.taps.push_back({source.output.empty() ? "output" : source.output, poolings_of(config, 1)[0],
                         onnx_shape(source, config.image_size)});
    form.shape();
    return form;
  }
  const Backbone& backbone = find_encoder(config.encoder);
  const std::vector<std::string> blocks = blocks_of(config);
  const std::vector<Pooling> poolings = poolings_of(config, blocks.size());
  for (std::size_t i = 0; i < blocks.size(); ++i)
    form.taps.push_back({blocks[i], poolings[i], backbone.output_shape(Cut(blocks[i]), form.image.shape())});
  form.shape();  // refuses a pooling that does not divide its maps
  return form;
}

}  // namespace packrat
