#include "engine/cost/exact_cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/core/error.h"
#include "engine/cost/autoencoder_cost.h"

namespace packrat {
namespace {

using Kind = StageDescription::Kind;

using Index = StageDescription::Index;

void check(const StageDescription& stage) {
  if ((stage.kind == Kind::kQuantization || stage.kind == Kind::kCodebook) && stage.states < 2)
    throw UserError(fmt::format("{} quantization states: give at least 2", stage.states));
  if (stage.kind == Kind::kThinning && !(stage.compression_factor >= 0 && stage.compression_factor < 1))
    throw UserError(
        fmt::format("compression factor {}: give a number from 0 to below 1", stage.compression_factor));
}

std::int64_t bytes_for(std::int64_t bits) {
  return (bits + 7) / 8;
}

std::int64_t coordinate_bytes(std::int64_t values) {
  return bytes_for(bits_for(std::max<std::int64_t>(values, 2)));
}

/// Low parts of the best width, and high parts in unary that sum to `most` at width 0.
std::int64_t split_bytes(std::int64_t kept, std::int64_t most) {
  std::int64_t least = kept + most;
  for (std::int64_t low = 1; low <= bits_for(most + 1); ++low)
    least = std::min(least, kept * (low + 1) + (most >> low));
  return bytes_for(least);
}

/// A stage that ends the chain, n values going in.
void add_last(const StorageDescription& description, const StageDescription& stage, std::int64_t n,
              ExactCost& cost) {
  const bool latents = !description.stages.empty() && is_autoencoder(description.stages.front().kind);
  switch (stage.kind) {
    case Kind::kQuantization: {
      const std::int64_t range = stage.zero_exact ? 4 : 8;
      cost.entry_values = bytes_for(n * bits_for(stage.states));
      (stage.local ? cost.entry_side : cost.shared) += range * (stage.per_channel ? description.channels : 1);
      return;
    }
    case Kind::kCodebook:
      cost.entry_values = bytes_for(n * bits_for(stage.states));
      cost.shared += 4 * stage.states;
      return;
    case Kind::kHalf:
      cost.entry_values = 2 * n;
      return;
    case Kind::kProductQuantization:
      cost.entry_values = bytes_for(n / description.channels * stage.subspaces * stage.bits);
      cost.shared += 4 * description.channels << stage.bits;
      return;
    case Kind::kResize:
      cost.entry_values = description.channels * stage.size * stage.size;
      return;
    default:
      cost.entry_values = n * (description.pixels && !latents ? 1 : 4);
  }
}

}  // namespace

std::int64_t bits_for(std::int64_t states) {
  std::int64_t bits = 0;
  while ((std::int64_t{1} << bits) < states) ++bits;
  return bits;
}

std::int64_t kept_values(std::int64_t values, double compression_factor) {
  const auto deleted = std::ceil(static_cast<double>(values) * compression_factor - 1e-9);
  return values - std::min(static_cast<std::int64_t>(deleted), values - 1);
}

void check(const StorageDescription& description) {
  if (description.values < 1)
    throw UserError(fmt::format("{} values per entry: give at least 1", description.values));
  if (description.slots < 1) throw UserError(fmt::format("{} slots: give at least 1", description.slots));
  for (std::size_t i = 0; i < description.stages.size(); ++i) {
    const StageDescription& stage = description.stages[i];
    check(stage);
    const bool last = i + 1 == description.stages.size();
    const bool hands_on = stage.kind == Kind::kThinning || is_autoencoder(stage.kind);
    if (!hands_on && !last && description.stages[i + 1].kind != Kind::kEntropy)
      throw UserError(fmt::format("stage {} of the codec stores the values: nothing can follow it", i + 1));
  }
}

std::int64_t index_bytes(Index index, std::int64_t n, std::int64_t kept) {
  switch (index) {
    case Index::kCoordinates:
      return kept * coordinate_bytes(n);
    case Index::kPacked:
      return bytes_for(kept * bits_for(n));
    case Index::kBitmap:
      return bytes_for(n);
    case Index::kEliasFano:
      return split_bytes(kept, n - 1);
    case Index::kDelta:
      return split_bytes(kept, n - kept);
    case Index::kSmallest:
      break;
  }
  return std::min({index_bytes(Index::kCoordinates, n, kept), index_bytes(Index::kPacked, n, kept),
                   index_bytes(Index::kBitmap, n, kept), index_bytes(Index::kEliasFano, n, kept),
                   index_bytes(Index::kDelta, n, kept)});
}

std::optional<ExactCost> exact_cost(const StorageDescription& description) {
  check(description);
  ExactCost cost;
  cost.slots = description.slots;
  std::int64_t width = description.values;
  StageDescription last;
  for (const StageDescription& stage : description.stages) {
    if (stage.kind == Kind::kVariable || stage.kind == Kind::kEntropy) return std::nullopt;
    if (is_autoencoder(stage.kind)) {
      const AutoencoderCost own = autoencoder_cost(description, stage);
      cost.shared += 4 * own.parameters();
      width = own.latent;
    } else if (stage.kind == Kind::kThinning) {
      const std::int64_t kept = kept_values(width, stage.compression_factor);
      cost.entry_index += index_bytes(stage.index, width, kept);
      width = kept;
    } else {
      last = stage;
    }
  }
  add_last(description, last, width, cost);
  return cost;
}

}  // namespace packrat
