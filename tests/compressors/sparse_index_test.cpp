#include "compressors/kernels/sparse_index.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "compressors/kernels/select.h"
#include "tests/compressors/testing.h"

namespace packrat::kernels {
namespace {

using packrat::testing::GuardedBuffer;
using packrat::testing::random_selection;

constexpr IndexLayout kAll[] = {IndexLayout::kCoordinates16, IndexLayout::kBitmap, IndexLayout::kPacked,
                                IndexLayout::kEliasFano, IndexLayout::kDelta};

void expect_round_trip(const SparseIndex& index, const std::vector<std::uint16_t>& at) {
  for (const auto guard : {GuardedBuffer::Guard::kBefore, GuardedBuffer::Guard::kAfter}) {
    const GuardedBuffer bytes(static_cast<std::size_t>(index.bytes()), guard);
    std::vector<std::uint16_t> again(at.size());
    write_index(index, at.data(), bytes.bytes());
    ASSERT_TRUE(read_index(index, bytes.bytes(), again.data()));
    ASSERT_EQ(again, at);
  }
}

TEST(SparseIndex, EveryLayoutGivesEverySelectionBackForAllKeptOfSmallMaps) {
  Rng rng(1);
  for (std::int64_t n = 1; n <= 40; ++n)
    for (std::int64_t kept = 1; kept <= n; ++kept)
      for (const IndexLayout layout : kAll) {
        const SparseIndex index = make_sparse_index(layout, n, kept);
        SCOPED_TRACE(std::to_string(kept) + " of " + std::to_string(n) + ", layout " +
                     std::to_string(static_cast<int>(layout)));
        std::vector<std::uint16_t> first(static_cast<std::size_t>(kept)), last = first;
        std::iota(first.begin(), first.end(), 0);
        std::iota(last.begin(), last.end(), static_cast<std::uint16_t>(n - kept));
        expect_round_trip(index, first);
        expect_round_trip(index, last);
        expect_round_trip(index, random_selection(n, kept, rng));
      }
}

TEST(SparseIndex, EveryLayoutGivesSelectionsOfLargeMapsBack) {
  Rng rng(2);
  for (const std::int64_t n : {255, 256, 257, 1024, 3072, 65535, 65536})
    for (const std::int64_t kept : {std::int64_t{1}, std::int64_t{2}, n / 20, n / 3, n - 1, n})
      for (const IndexLayout layout : kAll) {
        const SparseIndex index = make_sparse_index(layout, n, kept);
        expect_round_trip(index, random_selection(n, kept, rng));
        // 0 and the last ones: the longest gap
        std::vector<std::uint16_t> ends(static_cast<std::size_t>(kept));
        std::iota(ends.begin(), ends.end(), static_cast<std::uint16_t>(n - kept));
        ends.front() = 0;
        expect_round_trip(index, ends);
      }
}

TEST(SparseIndex, TakesTheBytesReckonedByHand) {
  struct Case {
    std::int64_t n, kept, coordinates16, bitmap, packed, elias_fano, delta;
  };
  // 51 of 1024: 51 x 10 = 510 bits packed; 4 low bits: Elias-Fano 51 x 5 + floor(1023 / 16) = 318, gaps 51 x
  // 5 + floor(973 / 16) = 315. 307 of 1024: 1 low bit: 614 + 511 = 1125 and 614 + 358 = 972. Half of 8: 1 low
  // bit gives Elias-Fano 8 + 3 = 11 bits, none 4 + 7 = 11; gaps without low bits 4 + 4 = 8. One of one needs
  // nothing packed, one bit in unary.
  for (const Case& c :
       {Case{1024, 51, 102, 128, 64, 40, 40}, Case{1024, 307, 614, 128, 384, 141, 122},
        Case{8, 4, 8, 1, 2, 2, 1}, Case{1, 1, 2, 1, 0, 1, 1}, Case{65536, 1, 2, 8192, 2, 3, 3}}) {
    const std::int64_t expected[] = {c.coordinates16, c.bitmap, c.packed, c.elias_fano, c.delta};
    for (std::size_t i = 0; i < 5; ++i)
      EXPECT_EQ(make_sparse_index(kAll[i], c.n, c.kept).bytes(), expected[i])
          << c.kept << " of " << c.n << ", layout " << i;
  }
}

TEST(SparseIndex, TheSmallestIsNeverLargerThanAnyOtherNorThanAFewBitsAboveTheBound) {
  for (const std::int64_t n : {1, 2, 3, 7, 64, 105, 512, 1024, 3072, 16384, 65536})
    for (std::int64_t kept = 1; kept <= std::max<std::int64_t>(n / 2, 1); kept += 1 + kept / 7) {
      const SparseIndex best = smallest_sparse_index(n, kept);
      for (const IndexLayout layout : kAll)
        EXPECT_LE(best.bytes(), make_sparse_index(layout, n, kept).bytes()) << kept << " of " << n;
      // log2 of the number of selections, which no layout undercuts
      const auto k = static_cast<double>(kept), m = static_cast<double>(n);
      const double bound = (std::lgamma(m + 1) - std::lgamma(k + 1) - std::lgamma(m - k + 1)) / std::log(2.0);
      EXPECT_GE(8.0 * static_cast<double>(best.bytes()) + 1e-3, bound) << kept << " of " << n;
      EXPECT_LE(static_cast<double>(best.bits), bound + 0.6 * k + 24) << kept << " of " << n;
    }
}

// Reading is the exact inverse of writing: whatever bytes are taken are those that writing leaves.
TEST(SparseIndex, TakesOnlyBytesThatWritingLeavesAndReadsNothingBeyondThem) {
  Rng rng(3);
  int taken = 0;
  for (const std::int64_t n : {1, 2, 5, 8, 13, 20, 64, 300})
    for (std::int64_t kept = 1; kept <= n; kept += 1 + kept / 3)
      for (const IndexLayout layout : kAll) {
        const SparseIndex index = make_sparse_index(layout, n, kept);
        const auto size = static_cast<std::size_t>(index.bytes());
        const GuardedBuffer bytes(size, GuardedBuffer::Guard::kAfter);
        std::vector<std::uint16_t> at(static_cast<std::size_t>(kept));
        std::vector<std::uint8_t> written(size);
        for (int trial = 0; trial < 300; ++trial) {
          if (trial % 3 == 0)
            for (std::size_t i = 0; i < size; ++i)
              bytes.bytes()[i] = static_cast<std::uint8_t>(rng.next() & rng.next());
          else
            write_index(index, random_selection(n, kept, rng).data(), bytes.bytes());
          if (trial % 3 == 1 && size > 0)
            bytes.bytes()[rng.below(size)] ^= static_cast<std::uint8_t>(1u << rng.below(8));
          if (!read_index(index, bytes.bytes(), at.data())) continue;
          ++taken;
          ASSERT_TRUE(is_selection(at.data(), kept, n));
          write_index(index, at.data(), written.data());
          ASSERT_TRUE(size == 0 || std::memcmp(written.data(), bytes.bytes(), size) == 0)
              << kept << " of " << n << ", layout " << static_cast<int>(layout);
        }
      }
  EXPECT_GT(taken, 1000);
}

TEST(SparseIndex, RefusesTheKindsOfDamageThatEachLayoutCanTake) {
  std::uint16_t at[4];
  const auto refuses = [&](IndexLayout layout, std::int64_t n, std::int64_t kept,
                           std::vector<std::uint8_t> bytes) {
    const SparseIndex index = make_sparse_index(layout, n, kept);
    EXPECT_EQ(static_cast<std::size_t>(index.bytes()), bytes.size());
    return !read_index(index, bytes.data(), at);
  };
  // Of 5 values 2: coordinates 1 and 4 are accepted in each layout's own bytes.
  EXPECT_FALSE(refuses(IndexLayout::kBitmap, 5, 2, {0b10010}));
  EXPECT_TRUE(refuses(IndexLayout::kBitmap, 5, 2, {0b10110})) << "three bits";
  EXPECT_TRUE(refuses(IndexLayout::kBitmap, 5, 2, {0b10000})) << "one bit";
  EXPECT_TRUE(refuses(IndexLayout::kBitmap, 5, 2, {0b100010})) << "a bit after the last value";
  EXPECT_FALSE(refuses(IndexLayout::kPacked, 5, 2, {0b100001}));
  EXPECT_TRUE(refuses(IndexLayout::kPacked, 5, 2, {0b001100})) << "4, then 1";
  EXPECT_TRUE(refuses(IndexLayout::kPacked, 5, 2, {0b101001})) << "5 of 0 to 4";
  EXPECT_TRUE(refuses(IndexLayout::kPacked, 5, 2, {0b1100001})) << "padding";
  // No low bits, 2 + 4 bits: ones at bits 1 + 0 and 4 + 1.
  EXPECT_FALSE(refuses(IndexLayout::kEliasFano, 5, 2, {0b100010}));
  EXPECT_TRUE(refuses(IndexLayout::kEliasFano, 5, 2, {0b100011})) << "three ones";
  EXPECT_TRUE(refuses(IndexLayout::kEliasFano, 5, 2, {0b100000})) << "one one";
  EXPECT_TRUE(refuses(IndexLayout::kEliasFano, 5, 2, {0b1000010})) << "a one behind the last bit";
  // No low bits, 2 + 3 bits: gaps 1 and 2.
  EXPECT_FALSE(refuses(IndexLayout::kDelta, 5, 2, {0b10010}));
  EXPECT_TRUE(refuses(IndexLayout::kDelta, 5, 2, {0b100010})) << "gaps 1 and 3 end at 5";
  EXPECT_TRUE(refuses(IndexLayout::kDelta, 5, 2, {0b10000})) << "one gap";
  EXPECT_TRUE(refuses(IndexLayout::kDelta, 5, 2, {0b10011})) << "three gaps";
}

}  // namespace
}  // namespace packrat::kernels
