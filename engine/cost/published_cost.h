#pragma once
#include <optional>

#include "engine/cost/storage_description.h"

namespace packrat {

/// The storage formula of the FETCH notebooks (Weissflog, Protzel, Neubert, IDEAL 2023), slips included, term
/// by term. All terms are in the notebooks' own bytes; values may be fractional.
struct PublishedCost {
  double entry_values = 0;  ///< values and coordinates of one entry
  double entry_side = 0;    ///< what else the formula stores with every entry: bin middles of a local range
  double shared = 0;        ///< stored once: bin middles of a transferred range; an autoencoder's weights
  double divisor = 1;  ///< what the notebooks divide the bytes by, beside 2^20 (8 for quantization: a slip)
  std::int64_t slots = 0;

  double numerator() const { return (entry_values + entry_side) * static_cast<double>(slots) + shared; }
  /// The total as published, in MiB (2^20).
  double mib() const { return numerator() / (divisor * 1048576.0); }
};

/// With n values per entry and N slots (x = 1 for pixels, 4 for features; MiB = 2^20):
/// - none: x n N / MiB;
/// - quantization: (N ceil(ceil(log2 k) n / 8) + [local: 4 k N, transfer: 4 k]) / (8 MiB), eight times too
/// small;
/// - thinning: n (1 - f) (x + 2) N / MiB, fractional values kept;
/// - convolutional autoencoder: (model + 8 8 c 4 N) / MiB; fully connected: (model + z 4 N) / MiB, with a
/// model size that is twice the encoder half. nullopt for chains of several stages
/// and for every other stage or layout: none is published. UserError for parameters out of range.
std::optional<PublishedCost> published_cost(const StorageDescription& description);

}  // namespace packrat
