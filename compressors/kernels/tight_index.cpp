#include "compressors/kernels/tight_index.h"

#include <algorithm>

namespace packrat::kernels {
namespace {

constexpr int kMostLowBits = 16;

bool variable(IndexLayout layout) {
  return layout == IndexLayout::kEliasFano || layout == IndexLayout::kDelta;
}

/// Bits of an index with low parts of `low` bits, whose high parts sum to `high`.
SparseIndex split_index(IndexLayout layout, std::int64_t n, std::int64_t kept, int low, std::int64_t high) {
  return {layout, n, kept, low, kept * (low + 1) + high};
}

/// The high parts of all gaps, the values between two kept ones, in all.
std::int64_t high_of_gaps(std::int64_t kept, const std::uint16_t* at, int low) {
  std::int64_t sum = 0, next = 0;
  for (std::int64_t j = 0; j < kept; ++j) {
    sum += (at[j] - next) >> low;
    next = at[j] + 1;
  }
  return sum;
}

}  // namespace

SparseIndex tight_sparse_index(std::int64_t n, std::int64_t kept, const std::uint16_t* coordinates) {
  SparseIndex best = make_sparse_index(IndexLayout::kCoordinates16, n, kept);
  const auto take_smaller = [&](const SparseIndex& other) {
    if (other.bytes() < best.bytes()) best = other;
  };
  take_smaller(make_sparse_index(IndexLayout::kBitmap, n, kept));
  take_smaller(make_sparse_index(IndexLayout::kPacked, n, kept));
  for (int low = 0; low <= kMostLowBits; ++low)
    take_smaller(split_index(IndexLayout::kEliasFano, n, kept, low, coordinates[kept - 1] >> low));
  for (int low = 0; low <= kMostLowBits; ++low)
    take_smaller(split_index(IndexLayout::kDelta, n, kept, low, high_of_gaps(kept, coordinates, low)));
  return best;
}

std::optional<SparseIndex> tight_index_of_bytes(IndexLayout layout, int field_bits, std::int64_t n,
                                                std::int64_t kept, std::int64_t bytes) {
  if (layout > IndexLayout::kDelta || field_bits < 0 || field_bits > kMostLowBits) return std::nullopt;
  if (!variable(layout)) {
    const SparseIndex index = make_sparse_index(layout, n, kept);
    if (index.field_bits != field_bits || index.bytes() != bytes) return std::nullopt;
    return index;
  }
  SparseIndex index = split_index(layout, n, kept, field_bits, (n - 1) >> field_bits);  // the worst
  if (bytes > index.bytes()) return std::nullopt;
  index.bits = std::min(index.bits, 8 * bytes);
  return index;
}

}  // namespace packrat::kernels
