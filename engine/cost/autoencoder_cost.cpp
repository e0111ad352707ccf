#include "engine/cost/autoencoder_cost.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace packrat {
namespace {

using Kind = StageDescription::Kind;

/// Weights and biases of a layer that meets `in` values for each of `out`.
std::int64_t layer(std::int64_t in, std::int64_t out, std::int64_t biases) {
  return in * out + biases;
}

AutoencoderCost convolutional(const StorageDescription& d, const StageDescription& stage) {
  const std::int64_t middle = std::max<std::int64_t>((stage.size + d.channels) / 2, 16);
  const std::int64_t positions = d.values / d.channels, shrink = std::int64_t{1} << (2 * stage.depth);
  AutoencoderCost cost;
  for (std::int64_t block = 0; block < stage.depth; ++block) {
    const bool first = block == 0, last = block + 1 == stage.depth;
    const std::int64_t narrow = last ? stage.size : middle, back = last ? d.channels : middle;
    cost.encoder += layer(9 * (first ? d.channels : middle), narrow, narrow);
    cost.decoder += layer(4 * (first ? stage.size : middle), back, back);
  }
  cost.latent = stage.size * positions / shrink;
  return cost;
}

AutoencoderCost fully_connected(const StorageDescription& d, const StageDescription& stage) {
  const auto n = static_cast<double>(d.values);
  const double shrink =
      std::pow(static_cast<double>(stage.size) / n, -1.0 / static_cast<double>(stage.depth));
  std::vector<std::int64_t> width;
  for (std::int64_t i = 0; i < stage.depth; ++i)
    width.push_back(std::llround(n / std::pow(shrink, static_cast<double>(i))));
  width.push_back(stage.size);
  AutoencoderCost cost;
  for (std::size_t i = 0; i + 1 < width.size(); ++i) {
    cost.encoder += layer(width[i], width[i + 1], width[i + 1]);
    cost.decoder += layer(width[i + 1], width[i], width[i]);
  }
  cost.latent = stage.size;
  return cost;
}

AutoencoderCost variational(const StorageDescription& d, const StageDescription& stage) {
  AutoencoderCost cost;
  cost.encoder = layer(d.values, stage.width, stage.width) + 2 * layer(stage.width, stage.size, stage.size);
  cost.decoder = layer(stage.size, stage.width, stage.width) + layer(stage.width, d.values, d.values);
  cost.latent = stage.size;
  cost.range = d.pixels ? 0 : 2;
  return cost;
}

/// The notebooks name sizes for these settings alone.
bool is_published(const StorageDescription& d, const StageDescription& stage) {
  const auto one_of = [&](const std::vector<std::int64_t>& sizes) {
    return std::find(sizes.begin(), sizes.end(), stage.size) != sizes.end();
  };
  if (stage.kind == Kind::kConvolutional)
    return d.pixels && d.values == 3072 && stage.depth == 2 && one_of({1, 2, 4, 8, 16});
  return stage.kind == Kind::kFullyConnected && stage.depth == 6 && d.values == (d.pixels ? 3072 : 1024) &&
         one_of({2, 4, 8, 16, 32, 64});
}

}  // namespace

bool is_autoencoder(Kind kind) {
  return kind == Kind::kConvolutional || kind == Kind::kFullyConnected || kind == Kind::kVariational;
}

AutoencoderCost autoencoder_cost(const StorageDescription& description, const StageDescription& stage) {
  if (stage.kind == Kind::kConvolutional) return convolutional(description, stage);
  return stage.kind == Kind::kFullyConnected ? fully_connected(description, stage)
                                             : variational(description, stage);
}

std::int64_t published_model_bytes(const StorageDescription& description, const StageDescription& stage) {
  if (!is_published(description, stage)) return 0;
  const AutoencoderCost cost = autoencoder_cost(description, stage);
  const bool whole = stage.kind == Kind::kFullyConnected && stage.size == 16 && description.values == 3072;
  return 4 * (whole ? cost.parameters() : 2 * cost.encoder);
}

}  // namespace packrat
