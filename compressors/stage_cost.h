#pragma once
#include <cstdint>

#include "compressors/entries.h"
#include "compressors/stage_factory.h"

namespace packrat {

/// The bytes that a perfect implementation of one stage needs, from first principles: what its encoder writes
/// is tested against it.
struct StageCost {
  std::int64_t values = 0;     ///< of one entry: values or codes
  std::int64_t index = 0;      ///< which values are kept
  std::int64_t side = 0;       ///< what else every entry needs to be read back: lo and hi of a local range
  SharedBytes shared = {};     ///< once for all entries
  std::int64_t handed_on = 0;  ///< values for the next stage; 0: it ends the chain
};

/// ceil(log2 states): the width of one code. states >= 1.
constexpr std::int64_t bits_for(std::int64_t states) {
  std::int64_t bits = 0;
  while ((std::int64_t{1} << bits) < states) ++bits;
  return bits;
}

constexpr std::int64_t bytes_for(std::int64_t bits) {
  return (bits + 7) / 8;
}

/// One value of the map or image itself: float32, or a byte a pixel.
inline std::int64_t value_bytes(const Domain& domain) {
  return domain.pixels ? 1 : 4;
}

/// A stage that learns a network: its latents are for the next stage, or float32. Bytes: 4 a parameter.
inline StageCost network_cost(const StageContext& context, std::int64_t latents, SharedBytes parameters) {
  StageCost cost;
  cost.shared = {4 * parameters.encoder, 4 * parameters.decoder, 4 * parameters.other};
  (context.last ? cost.values : cost.handed_on) = context.last ? 4 * latents : latents;
  return cost;
}

/// Weights and biases of a layer that meets `in` values for each of `out`.
constexpr std::int64_t layer_parameters(std::int64_t in, std::int64_t out, std::int64_t biases) {
  return in * out + biases;
}

}  // namespace packrat
