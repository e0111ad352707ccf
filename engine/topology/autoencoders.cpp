#include "engine/topology/autoencoders.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "engine/core/error.h"
#include "engine/topology/builder.h"
#include "engine/topology/families.h"

namespace packrat {
namespace {

struct PartName {
  AutoencoderPart part;
  const char* suffix;
};
constexpr PartName kParts[] = {{AutoencoderPart::kWhole, ""},
                               {AutoencoderPart::kEncoder, "-encoder"},
                               {AutoencoderPart::kDecoder, "-decoder"}};

std::string full_name(const char* kind, std::int64_t size, AutoencoderPart part) {
  return fmt::format("{}-{}{}", kind, size, kParts[static_cast<std::size_t>(part)].suffix);
}

bool encodes(AutoencoderPart part) {
  return part != AutoencoderPart::kDecoder;
}
bool decodes(AutoencoderPart part) {
  return part != AutoencoderPart::kEncoder;
}

/// n, ..., bottleneck: what a map is narrowed to, step by step.
std::vector<std::int64_t> narrowing_widths(std::int64_t n, std::int64_t bottleneck, int layers) {
  const double d = std::pow(static_cast<double>(bottleneck) / static_cast<double>(n), -1.0 / layers);
  std::vector<std::int64_t> widths;
  for (int i = 0; i < layers; ++i) widths.push_back(std::llround(static_cast<double>(n) / std::pow(d, i)));
  widths.push_back(bottleneck);
  return widths;
}

}  // namespace

Network convolutional_autoencoder(const MapShape& shape, std::int64_t latent_channels, int blocks,
                                  AutoencoderPart part) {
  const std::string name = full_name("convae", latent_channels, part);
  if (blocks < 2 || blocks > 16) throw UserError(fmt::format("{}: {} blocks; give 2 to 16", name, blocks));
  const std::int64_t shrink = std::int64_t{1} << blocks;
  if (latent_channels < 1 || shape.height % shrink != 0 || shape.width % shrink != 0)
    throw UserError(fmt::format("{} cannot halve maps of {} {} times: give sides that {} divides", name,
                                map_text(shape), blocks, shrink));
  const std::int64_t middle = std::max<std::int64_t>((latent_channels + shape.channels) / 2, 16);
  const MapShape latent{latent_channels, shape.height / shrink, shape.width / shrink};
  NetworkBuilder b(name, encodes(part) ? shape : latent);
  Node x = kNetworkInput;
  for (int i = 0; encodes(part) && i < blocks; ++i) {
    const std::string block = fmt::format("encoder.{}", i);
    const auto spec =
        ConvolutionSpec(i + 1 < blocks ? middle : latent_channels, 3).with_padding(1).with_bias();
    x = b.relu(block + ".relu", b.convolution(block + ".conv", x, spec));
    x = b.max_pool(block + ".pool", x, {2, 2});
  }
  for (int i = 0; decodes(part) && i < blocks; ++i) {
    const std::string block = fmt::format("decoder.{}", i);
    const bool last = i + 1 == blocks;
    const auto spec = ConvolutionSpec(last ? shape.channels : middle, 2).with_stride(2).with_bias();
    x = b.transposed_convolution(block + ".conv", x, spec);
    if (!last) x = b.relu(block + ".relu", x);
  }
  return std::move(b).finish();
}

Network fully_connected_autoencoder(const MapShape& shape, std::int64_t bottleneck, int layers,
                                    AutoencoderPart part) {
  const std::string name = full_name("fcae", bottleneck, part);
  const std::int64_t n = shape.values();
  if (bottleneck < 1 || bottleneck > n || layers < 1)
    throw UserError(
        fmt::format("{} with {} layers cannot narrow the {} values of {}: give a bottleneck from 1 "
                    "to {}, and at least 1 layer",
                    name, layers, n, map_text(shape), n));
  const std::vector<std::int64_t> widths = narrowing_widths(n, bottleneck, layers);
  NetworkBuilder b(name, encodes(part) ? shape : MapShape{bottleneck});
  Node x = kNetworkInput;
  for (int i = 0; encodes(part) && i < layers; ++i) {
    const std::string layer = fmt::format("encoder.{}", i);
    x = b.relu(layer + ".relu", b.linear(layer, x, widths[static_cast<std::size_t>(i) + 1]));
  }
  for (int i = 0; decodes(part) && i < layers; ++i) {
    const std::string layer = fmt::format("decoder.{}", i);
    x = b.linear(layer, x, widths[static_cast<std::size_t>(layers - 1 - i)]);
    if (i + 1 < layers) x = b.relu(layer + ".relu", x);
  }
  return std::move(b).finish();
}

Network variational_autoencoder(const MapShape& shape, std::int64_t latent, std::int64_t width,
                                AutoencoderPart part) {
  const std::string name = full_name("vae", latent, part);
  if (latent < 1 || width < 1)
    throw UserError(fmt::format("{} with a width of {}: give at least 1 for both", name, width));
  NetworkBuilder b(name, encodes(part) ? shape : MapShape{latent});
  Node x = kNetworkInput;
  if (encodes(part)) {
    const Node hidden = b.relu("encoder.relu", b.linear("encoder.hidden", x, width));
    b.linear("encoder.log_variance", hidden, latent);
    x = b.linear("encoder.mean", hidden, latent);
  }
  if (decodes(part)) {
    x = b.relu("decoder.relu", b.linear("decoder.hidden", x, width));
    b.sigmoid("decoder.sigmoid", b.linear("decoder.out", x, shape.values()));
  }
  return std::move(b).finish();
}

std::vector<NetworkInfo> autoencoder_networks() {
  constexpr MapShape kImage{3, 32, 32}, kFeatures{256, 2, 2};
  std::vector<NetworkInfo> rows;
  const auto add = [&](const char* kind, std::int64_t size, const MapShape& shape, auto build) {
    for (const PartName& row : kParts)
      rows.push_back({full_name(kind, size, row.part), "autoencoder", shape, 0,
                      [=](const MapShape& in, std::int64_t) { return build(in, row.part); }});
  };
  for (const std::int64_t c : {1, 2, 4, 8, 16})
    add("convae", c, kImage,
        [c](const MapShape& in, AutoencoderPart part) { return convolutional_autoencoder(in, c, 2, part); });
  for (const std::int64_t z : {2, 4, 8, 16, 32, 64})
    add("fcae", z, kFeatures, [z](const MapShape& in, AutoencoderPart part) {
      return fully_connected_autoencoder(in, z, 6, part);
    });
  for (const std::int64_t z : {2, 4, 8, 16, 32, 64})
    add("vae", z, kFeatures,
        [z](const MapShape& in, AutoencoderPart part) { return variational_autoencoder(in, z, 400, part); });
  return rows;
}

}  // namespace packrat
