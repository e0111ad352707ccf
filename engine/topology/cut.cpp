#include <fmt/format.h>

#include "engine/core/error.h"
#include "engine/topology/families.h"
#include "engine/topology/residual.h"

namespace packrat {
namespace {

// Packrat's own halves of a ResNet; models/encoder.h and models/head.h run them.
struct Cut {
  const char* text;
  int half_blocks;  ///< see ResidualPart
};
constexpr Cut kCuts[] = {{"none", 0}, {"1", 2}, {"2", 4}, {"2.5", 5}, {"3", 6}, {"3.5", 7}, {"4", 8}};

struct Architecture {
  const char* name;
  std::array<int, 4> blocks;
};
constexpr Architecture kArchitectures[] = {{"resnet18", kResNet18Blocks}, {"resnet34", kResNet34Blocks}};

constexpr MapShape kImage{3, 32, 32};
constexpr std::int64_t kClasses = 10;

Network encoder(const Architecture& architecture, const Cut& cut, const MapShape& input) {
  NetworkBuilder b(fmt::format("{}-encoder-{}", architecture.name, cut.text), input);
  ResidualDesign design{architecture.blocks};
  design.folded = true;
  residual_layers(b, design, {0, cut.half_blocks}, kNetworkInput);
  return std::move(b).finish();
}

/// The map behind a cut, for 32x32 images.
MapShape map_behind(const Cut& cut) {
  return cut.half_blocks == 0 ? kImage : encoder(kArchitectures[0], cut, kImage).output();
}

/// Linear without bias, batch norm on the logits, as in GDumb's networks.
void classifier(NetworkBuilder& b, Node in, std::int64_t classes) {
  b.batch_norm("fc_bn", b.linear("fc", in, classes, false));
}

Network head(const Architecture& architecture, const Cut& cut, const MapShape& input, std::int64_t classes) {
  const std::string name = fmt::format("{}-head-{}", architecture.name, cut.text);
  const MapShape usual = map_behind(cut);
  if (input.channels != usual.channels)
    throw UserError(fmt::format("{} takes maps of {} channels, such as {}, not {}", name, usual.channels,
                                map_text(usual), map_text(input)));
  NetworkBuilder b(name, input);
  Node x = residual_layers(b, {architecture.blocks}, {cut.half_blocks, 8}, kNetworkInput);
  x = b.adaptive_average_pool("mean", x, 1, Written::kFunction);
  classifier(b, x, classes);
  return std::move(b).finish(classes);
}

Network mlp_head(const Cut& cut, const MapShape& input, std::int64_t classes) {
  constexpr std::int64_t kWidth = 400;
  NetworkBuilder b(fmt::format("mlp-head-{}", cut.text), input);
  Node x = kNetworkInput;
  for (const char* const name : {"hidden1", "hidden2"})
    x = b.relu(fmt::format("{}.relu", name), b.linear(name, x, kWidth));
  classifier(b, x, classes);
  return std::move(b).finish(classes);
}

}  // namespace

std::vector<NetworkInfo> cut_networks() {
  std::vector<NetworkInfo> rows;
  for (const Architecture& architecture : kArchitectures)
    for (const Cut& cut : kCuts)
      if (cut.half_blocks > 0)  // without a cut there is no encoder
        rows.push_back({fmt::format("{}-encoder-{}", architecture.name, cut.text), "encoder", kImage, 0,
                        [&architecture, &cut](const MapShape& in, std::int64_t) {
                          return encoder(architecture, cut, in);
                        }});
  for (const Architecture& architecture : kArchitectures)
    for (const Cut& cut : kCuts)
      rows.push_back({fmt::format("{}-head-{}", architecture.name, cut.text), "head", map_behind(cut),
                      kClasses, [&architecture, &cut](const MapShape& in, std::int64_t classes) {
                        return head(architecture, cut, in, classes);
                      }});
  for (const Cut& cut : kCuts)
    rows.push_back({fmt::format("mlp-head-{}", cut.text), "head", map_behind(cut), kClasses,
                    [&cut](const MapShape& in, std::int64_t classes) { return mlp_head(cut, in, classes); }});
  return rows;
}

}  // namespace packrat
