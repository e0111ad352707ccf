// The autoencoders of the papers, layer by layer.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compressors/autoencoder/network.h"
#include "engine/core/error.h"

namespace packrat {
namespace {

std::int64_t positions(const MapSize& map) {
  return map[1] * map[2];
}
std::int64_t values(const MapSize& map) {
  return map[0] * positions(map);
}

void check_smaller(std::int64_t latent, std::int64_t n) {
  if (latent >= n)
    throw UserError(fmt::format(
        "an autoencoder with a latent of {} values saves nothing on maps of {}: give fewer", latent, n));
}

void check_halves(const MapSize& map, std::int64_t blocks) {
  const std::int64_t shrink = std::int64_t{1} << blocks;
  if (map[1] % shrink == 0 && map[2] % shrink == 0) return;
  throw UserError(fmt::format(
      "convae with {} blocks halves maps {} times, which {}x{} ones do not allow: give images, or "
      "maps whose sides {} divides, such as those of an earlier block; fcae takes any map",
      blocks, blocks, map[1], map[2], shrink));
}

/// n, ..., bottleneck.
std::vector<std::int64_t> narrowing_widths(std::int64_t n, std::int64_t bottleneck, std::int64_t layers) {
  const double d =
      std::pow(static_cast<double>(bottleneck) / static_cast<double>(n), -1.0 / static_cast<double>(layers));
  std::vector<std::int64_t> widths;
  for (std::int64_t i = 0; i < layers; ++i)
    widths.push_back(std::llround(static_cast<double>(n) / std::pow(d, static_cast<double>(i))));
  widths.push_back(bottleneck);
  return widths;
}

}  // namespace

Autoencoder convae_networks(const MapSize& map, std::int64_t channels, std::int64_t blocks) {
  check_halves(map, blocks);
  const std::int64_t middle = std::max<std::int64_t>((channels + map[0]) / 2, 16);
  CodingLayers encoder, decoder;
  MapSize size = map;
  encoder.push_back(make_transposition(size[0], positions(size)));
  for (std::int64_t b = 0; b < blocks; ++b) {
    encoder.push_back(make_convolution(size, b + 1 < blocks ? middle : channels));
    size[0] = b + 1 < blocks ? middle : channels;
    encoder.push_back(make_relu(values(size)));
    encoder.push_back(make_max_pool(size));
    size = {size[0], size[1] / 2, size[2] / 2};
  }
  check_smaller(values(size), values(map));
  encoder.push_back(make_transposition(positions(size), size[0]));
  decoder.push_back(make_transposition(size[0], positions(size)));
  for (std::int64_t b = 0; b < blocks; ++b) {
    const bool last = b + 1 == blocks;
    decoder.push_back(make_transposed_convolution(size, last ? map[0] : middle));
    size = {last ? map[0] : middle, 2 * size[1], 2 * size[2]};
    if (!last) decoder.push_back(make_relu(values(size)));
  }
  decoder.push_back(make_transposition(positions(size), size[0]));
  return {CodingNetwork(std::move(encoder)), CodingNetwork(std::move(decoder))};
}

Autoencoder fcae_networks(std::int64_t n, std::int64_t neurons, std::int64_t layers) {
  check_smaller(neurons, n);
  const std::vector<std::int64_t> widths = narrowing_widths(n, neurons, layers);
  CodingLayers encoder, decoder;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    encoder.push_back(make_linear(widths[i], widths[i + 1]));
    encoder.push_back(make_relu(widths[i + 1]));
  }
  for (std::size_t i = widths.size() - 1; i > 0; --i) {
    decoder.push_back(make_linear(widths[i], widths[i - 1]));
    if (i > 1) decoder.push_back(make_relu(widths[i - 1]));
  }
  return {CodingNetwork(std::move(encoder)), CodingNetwork(std::move(decoder))};
}

Autoencoder vae_networks(std::int64_t n, std::int64_t latent, std::int64_t width) {
  check_smaller(latent, n);
  CodingLayers encoder, decoder;
  encoder.push_back(make_linear(n, width));
  encoder.push_back(make_relu(width));
  encoder.push_back(make_linear(width, 2 * latent));
  decoder.push_back(make_linear(latent, width));
  decoder.push_back(make_relu(width));
  decoder.push_back(make_linear(width, n));
  return {CodingNetwork(std::move(encoder)), CodingNetwork(std::move(decoder)), true};
}

}  // namespace packrat
