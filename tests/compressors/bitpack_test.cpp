#include "compressors/kernels/bitpack.h"

#include <gtest/gtest.h>

#include "tests/compressors/testing.h"

namespace packrat {
namespace {

using testing::GuardedBuffer;

std::vector<std::uint8_t> random_codes(std::int64_t n, int width, Rng& rng) {
  std::vector<std::uint8_t> codes(static_cast<std::size_t>(n));
  for (auto& code : codes) code = static_cast<std::uint8_t>(rng.below(1u << width));
  return codes;
}

std::vector<std::uint8_t> packed_by_reference(const std::vector<std::uint8_t>& codes, int width) {
  const auto n = static_cast<std::int64_t>(codes.size());
  std::vector<std::uint8_t> packed(static_cast<std::size_t>(kernels::packed_bytes(n, width)), 0xff);
  kernels::reference::pack(codes.data(), n, width, packed.data());
  return packed;
}

TEST(Bitpack, FastEqualsReferenceAndUnpacksToTheSameCodesAtEveryWidthAndLength) {
  Rng rng(1);
  for (int width = 1; width <= kernels::kMaxWidth; ++width)
    for (std::int64_t n = 1; n <= 2100; n += n < 600 ? 1 : 7) {
      const auto codes = random_codes(n, width, rng);
      const auto expected = packed_by_reference(codes, width);
      std::vector<std::uint8_t> packed(expected.size(), 0xff), back(codes.size(), 0xff);
      kernels::pack(codes.data(), n, width, packed.data());
      ASSERT_EQ(packed, expected) << "width " << width << ", n " << n;
      kernels::unpack(packed.data(), n, width, back.data());
      ASSERT_EQ(back, codes) << "width " << width << ", n " << n;
      std::fill(back.begin(), back.end(), 0xff);
      kernels::reference::unpack(packed.data(), n, width, back.data());
      ASSERT_EQ(back, codes) << "reference, width " << width << ", n " << n;
    }
}

TEST(Bitpack, NothingOutsideTheBuffersIsTouched) {
  Rng rng(2);
  for (auto guard : {GuardedBuffer::Guard::kAfter, GuardedBuffer::Guard::kBefore})
    for (int width = 1; width <= kernels::kMaxWidth; ++width)
      for (std::int64_t n : {1, 2, 7, 8, 9, 15, 16, 17, 511, 512, 513, 520, 1023, 1024, 1025, 3072}) {
        const auto codes = random_codes(n, width, rng);
        const auto bytes = static_cast<std::size_t>(kernels::packed_bytes(n, width));
        const GuardedBuffer in(codes.size(), guard), packed(bytes, guard), out(codes.size(), guard);
        std::memcpy(in.bytes(), codes.data(), codes.size());
        kernels::pack(in.bytes(), n, width, packed.bytes());
        kernels::unpack(packed.bytes(), n, width, out.bytes());
        EXPECT_EQ(std::memcmp(out.bytes(), codes.data(), codes.size()), 0)
            << "width " << width << ", n " << n;
        EXPECT_TRUE(kernels::codes_below(packed.bytes(), n, width, 1 << width));
      }
}

// The interleaved layout, worked out by hand from its definition and not by the reference.
TEST(Bitpack, CodesOfAWholeBlockStandInSixteenLanesOfWords) {
  for (int width = 1; width < kernels::kMaxWidth; ++width)
    for (int i : {0, 1, 15, 16, 33, 170, 300, 511}) {
      std::vector<std::uint8_t> codes(512, 0), packed(static_cast<std::size_t>(64 * width));
      codes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>((1 << width) - 1);
      kernels::pack(codes.data(), 512, width, packed.data());
      const int lane = i % 16, first_bit = i / 16 * width;
      for (int bit = 0; bit < 32 * width; ++bit)
        for (int l = 0; l < 16; ++l) {
          const int byte = 4 * (16 * (bit / 32) + l) + bit % 32 / 8;
          const bool set = packed[static_cast<std::size_t>(byte)] >> bit % 8 & 1;
          ASSERT_EQ(set, l == lane && bit >= first_bit && bit < first_bit + width)
              << "width " << width << ", value " << i << ", lane " << l << ", bit " << bit;
        }
    }
}

TEST(Bitpack, TheRestIsDenseLeastSignificantBitFirst) {
  const std::vector<std::uint8_t> codes{1, 2, 3, 4, 5, 6, 7, 0, 5};
  std::vector<std::uint8_t> packed(4);
  kernels::pack(codes.data(), 9, 3, packed.data());
  // 1 + 2*8 + 3*64 + 4*512 + 5*4096 + 6*32768 + 7*262144 = 0x1f58d1, then 5.
  EXPECT_EQ(packed, (std::vector<std::uint8_t>{0xd1, 0x58, 0x1f, 0x05}));
}

TEST(Bitpack, CodesAtOrAboveTheNumberOfStatesAreFoundWhereverTheyStand) {
  for (const auto& [states, width] : {std::pair{3, 2}, {5, 3}, {9, 4}, {100, 7}, {129, 8}, {255, 8}})
    for (std::int64_t n : {1, 9, 512, 523, 1031})
      for (std::int64_t at : {std::int64_t{0}, n / 2, n - 1}) {
        std::vector<std::uint8_t> codes(static_cast<std::size_t>(n), static_cast<std::uint8_t>(states - 1));
        EXPECT_TRUE(kernels::codes_below(packed_by_reference(codes, width).data(), n, width, states));
        codes[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(states);
        EXPECT_FALSE(kernels::codes_below(packed_by_reference(codes, width).data(), n, width, states))
            << states << " states, value " << at << " of " << n;
      }
}

TEST(Bitpack, UnusedBitsOfTheLastByteAreNoticed) {
  for (int width = 1; width <= kernels::kMaxWidth; ++width)
    for (std::int64_t n : {1, 3, 8, 515}) {
      auto packed = packed_by_reference(std::vector<std::uint8_t>(static_cast<std::size_t>(n), 0), width);
      EXPECT_TRUE(kernels::padding_is_zero(packed.data(), n, width));
      packed.back() = 0x80;
      EXPECT_EQ(kernels::padding_is_zero(packed.data(), n, width), n * width % 8 == 0) << width << ", " << n;
    }
}

}  // namespace
}  // namespace packrat
