#include "compressors/kernels/tight_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/compressors/testing.h"

namespace packrat::kernels {
namespace {

using Selection = std::vector<std::uint16_t>;
using packrat::testing::GuardedBuffer;
using packrat::testing::random_selection;

SparseIndex tight_of(std::int64_t n, const Selection& at) {
  return tight_sparse_index(n, static_cast<std::int64_t>(at.size()), at.data());
}

/// What the file says of the index is enough to read it, and it is no larger than one of a fixed size.
void expect_sound(std::int64_t n, const Selection& at) {
  const auto kept = static_cast<std::int64_t>(at.size());
  const SparseIndex index = tight_of(n, at);
  EXPECT_LE(index.bytes(), smallest_sparse_index(n, kept).bytes());
  for (const auto guard : {GuardedBuffer::Guard::kBefore, GuardedBuffer::Guard::kAfter}) {
    const GuardedBuffer bytes(static_cast<std::size_t>(index.bytes()), guard);
    write_index(index, at.data(), bytes.bytes());
    const auto again = tight_index_of_bytes(index.layout, index.field_bits, n, kept, index.bytes());
    ASSERT_TRUE(again);
    Selection back(at.size());
    ASSERT_TRUE(read_index(*again, bytes.bytes(), back.data()));
    ASSERT_EQ(back, at);
  }
}

TEST(TightIndex, GivesEverySelectionOfSmallMapsBack) {
  for (std::int64_t n = 1; n <= 12; ++n)
    for (std::uint32_t chosen = 1; chosen < 1U << n; ++chosen) {
      Selection at;
      for (std::uint16_t i = 0; i < n; ++i)
        if (chosen >> i & 1) at.push_back(i);
      SCOPED_TRACE(std::to_string(chosen) + " of " + std::to_string(n));
      expect_sound(n, at);
    }
}

TEST(TightIndex, GivesSelectionsOfAnySizeBack) {
  Rng rng(3);
  for (const std::int64_t n : {100, 5000, 65535, 65536})
    for (const std::int64_t kept : {std::int64_t{1}, std::int64_t{2}, n / 50, n / 9, n / 2, n - 1, n}) {
      SCOPED_TRACE(std::to_string(kept) + " of " + std::to_string(n));
      expect_sound(n, random_selection(n, kept, rng));
      Selection ends(static_cast<std::size_t>(kept));
      std::iota(ends.begin(), ends.end(), static_cast<std::uint16_t>(0));
      expect_sound(n, ends);
      std::iota(ends.begin(), ends.end(), static_cast<std::uint16_t>(n - kept));
      expect_sound(n, ends);
    }
}

TEST(TightIndex, IsTheSmallestThatAnyLayoutAndWidthGives) {
  Rng rng(4);
  for (const std::int64_t kept : {1, 3, 40, 300, 900}) {
    const Selection at = random_selection(1000, kept, rng);
    const SparseIndex tight = tight_of(1000, at);
    for (const IndexLayout layout : {IndexLayout::kEliasFano, IndexLayout::kDelta})
      for (int low = 0; low <= 16; ++low) {
        SparseIndex other{layout, 1000, kept, low, 0};
        while (other.bits < 8 * tight.bytes() - 8) {  // sizes below the tight one: none holds the selection
          other.bits += 8;
          std::vector<std::uint8_t> bytes(4096);
          Selection back(at.size());
          SparseIndex roomy = other;
          roomy.bits = 8 * 4096;
          write_index(roomy, at.data(), bytes.data());
          EXPECT_FALSE(read_index(other, bytes.data(), back.data()) && back == at)
              << kept << " kept, layout " << static_cast<int>(layout) << ", low " << low;
        }
      }
  }
}

TEST(TightIndex, OfSizesThatItNeverHasIsRefused) {
  EXPECT_FALSE(tight_index_of_bytes(static_cast<IndexLayout>(5), 0, 100, 10, 10));
  EXPECT_FALSE(tight_index_of_bytes(IndexLayout::kDelta, 17, 100, 10, 10));
  EXPECT_FALSE(tight_index_of_bytes(IndexLayout::kDelta, 2, 100, 10, 100));
  EXPECT_FALSE(tight_index_of_bytes(IndexLayout::kBitmap, 1, 100, 10, 12));
  EXPECT_FALSE(tight_index_of_bytes(IndexLayout::kBitmap, 2, 100, 10, 13));
  EXPECT_TRUE(tight_index_of_bytes(IndexLayout::kBitmap, 1, 100, 10, 13));
}

TEST(TightIndex, AnyBytesAreReadOrRefused) {
  Rng rng(5);
  for (int trial = 0; trial < 20000; ++trial) {
    const std::int64_t n = 1 + static_cast<std::int64_t>(rng.next() % 300),
                       kept = 1 + static_cast<std::int64_t>(rng.next() % n);
    const auto index =
        tight_index_of_bytes(static_cast<IndexLayout>(rng.next() % 5), static_cast<int>(rng.next() % 17), n,
                             kept, static_cast<std::int64_t>(rng.next() % 60));
    if (!index) continue;
    const GuardedBuffer bytes(static_cast<std::size_t>(index->bytes()), GuardedBuffer::Guard::kAfter);
    for (std::int64_t i = 0; i < index->bytes(); ++i)
      bytes.bytes()[i] = static_cast<std::uint8_t>(rng.next());
    Selection at(static_cast<std::size_t>(kept));
    if (!read_index(*index, bytes.bytes(), at.data())) continue;
    EXPECT_TRUE(std::is_sorted(at.begin(), at.end()));
    EXPECT_LT(at.back(), n);
  }
}

}  // namespace
}  // namespace packrat::kernels
