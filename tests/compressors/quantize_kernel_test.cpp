#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/quantize.h"
#include "tests/compressors/testing.h"

namespace packrat {
namespace {

using kernels::UniformQuantizer;
using testing::GuardedBuffer;

std::vector<std::uint8_t> codes_of(const std::vector<float>& x, const UniformQuantizer& q) {
  const auto n = static_cast<std::int64_t>(x.size());
  std::vector<std::uint8_t> packed(static_cast<std::size_t>(kernels::packed_bytes(n, q.width))),
      codes(x.size());
  kernels::quantize_pack(x.data(), n, q, packed.data());
  kernels::unpack(packed.data(), n, q.width, codes.data());
  return codes;
}

// Ordinary ranges, and those where bins are about as narrow as floats are spaced.
std::vector<std::pair<float, float>> ranges() {
  std::vector<std::pair<float, float>> all{{0.0f, 1.0f},
                                           {-2.086f, 2.6636f},
                                           {0.0f, 1.0785f},
                                           {0.0f, 0.7106434106826782f},
                                           {-1e30f, 3e30f},
                                           {1e-30f, 2e-30f},
                                           {1e6f, 1e6f + 1},
                                           {1.0f, std::nextafter(1.0f, 2.0f)},
                                           {1.0f, 1.0f + 0x1p-19f},
                                           {-0x1p-149f, 0x1p-147f},
                                           {0.0f, 0x1p-149f},
                                           {-1.7e38f, 1.7e38f},
                                           {3.0f, 3.0f}};
  Rng rng(3);
  for (int i = 0; i < 60; ++i) {
    const auto lo = static_cast<float>(rng.normal() * std::exp(4 * rng.normal()));
    all.emplace_back(lo, lo + static_cast<float>(std::exp(5 * rng.normal())));
  }
  return all;
}

const std::vector<int> kStates{2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 32, 63, 64, 100, 127, 128, 200, 255, 256};

// Around every boundary the float below, the boundary and the float above, then values inside and far
// outside.
std::vector<float> probes(const UniformQuantizer& q, Rng& rng) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  std::vector<float> x{q.lo,   q.hi, std::nextafter(q.lo, -inf), std::nextafter(q.hi, inf), 0.0f, -0.0f,
                       -3e38f, 3e38f};
  for (int i = 1; i < q.states; ++i) {
    const float b = kernels::bin_boundary(q, i);
    x.insert(x.end(), {std::nextafter(b, -inf), b, std::nextafter(b, inf)});
  }
  for (int i = 0; i < 300; ++i) x.push_back(q.lo + static_cast<float>(rng.uniform()) * (q.hi - q.lo));
  return x;
}

TEST(UniformQuantizer, FastEqualsReferenceForEveryRangeAndNumberOfStates) {
  Rng rng(4);
  for (const auto& [lo, hi] : ranges())
    for (int states : kStates) {
      const UniformQuantizer q = kernels::make_uniform_quantizer(lo, hi, states);
      const std::vector<float> x = probes(q, rng);
      const auto n = static_cast<std::int64_t>(x.size());
      const auto bytes = static_cast<std::size_t>(kernels::packed_bytes(n, q.width));
      std::vector<std::uint8_t> fast(bytes, 0xff), slow(bytes, 0xff);
      kernels::quantize_pack(x.data(), n, q, fast.data());
      kernels::reference::quantize_pack(x.data(), n, q, slow.data());
      ASSERT_EQ(fast, slow) << lo << " to " << hi << ", " << states << " states";
      std::vector<float> values(x.size()), expected(x.size());
      kernels::unpack_dequantize(fast.data(), n, q, values.data());
      kernels::reference::unpack_dequantize(fast.data(), n, q, expected.data());
      ASSERT_TRUE(testing::same_bits(values, expected)) << lo << " to " << hi << ", " << states << " states";
    }
}

TEST(UniformQuantizer, ABoundaryBelongsToTheUpperBinAndTheFloatBelowItToTheLower) {
  for (const auto& [lo, hi] : ranges())
    for (int states : kStates) {
      const UniformQuantizer q = kernels::make_uniform_quantizer(lo, hi, states);
      if (!q.spread) continue;  // neighbouring boundaries may be one and the same float
      for (int i = 1; i < states; ++i) {
        const float boundary = lo + static_cast<float>(i) * q.step;
        const auto codes = codes_of({boundary, std::nextafter(boundary, -INFINITY)}, q);
        ASSERT_EQ(int{codes[0]}, i) << lo << " to " << hi << ", " << states << " states";
        ASSERT_EQ(int{codes[1]}, i - 1) << lo << " to " << hi << ", " << states << " states";
      }
    }
}

TEST(UniformQuantizer, ValuesOutsideTheRangeFallInTheOutermostBins) {
  for (const auto& [lo, hi] : ranges())
    for (int states : kStates) {
      if (lo == hi) continue;
      const UniformQuantizer q = kernels::make_uniform_quantizer(lo, hi, states);
      const auto codes = codes_of({std::nextafter(lo, -INFINITY), -3e38f, -INFINITY, hi,
                                   std::nextafter(hi, INFINITY), 3e38f, INFINITY},
                                  q);
      for (std::size_t i = 0; i < codes.size(); ++i)
        ASSERT_EQ(int{codes[i]}, i < 3 ? 0 : states - 1)
            << lo << " to " << hi << ", " << states << ", probe " << i;
    }
}

TEST(UniformQuantizer, AValueReadsBackWithinHalfABin) {
  Rng rng(5);
  for (const auto& [lo, hi] : ranges())
    for (int states : kStates) {
      const UniformQuantizer q = kernels::make_uniform_quantizer(lo, hi, states);
      std::vector<float> x(700), back(700);
      for (float& v : x) v = std::min(std::max(lo + static_cast<float>(rng.uniform()) * (hi - lo), lo), hi);
      std::vector<std::uint8_t> packed(static_cast<std::size_t>(kernels::packed_bytes(700, q.width)));
      kernels::quantize_pack(x.data(), 700, q, packed.data());
      kernels::unpack_dequantize(packed.data(), 700, q, back.data());
      // A level, a boundary and the step times 256 are each rounded by at most half a spacing of the greatest
      // float.
      const double most = std::max(std::fabs(lo), std::fabs(hi));
      const double spacing = std::nextafter(static_cast<float>(most), INFINITY) - most;
      for (std::size_t i = 0; i < x.size(); ++i)
        ASSERT_LE(std::fabs(double{x[i]} - back[i]), double{q.step} / 2 + 2 * spacing + 256 * 0x1p-149)
            << lo << " to " << hi << ", " << states << " states, value " << x[i];
    }
}

TEST(UniformQuantizer, ALevelIsTheMiddleOfItsBinByOneFusedMultiplyAdd) {
  for (int states : kStates) {
    const UniformQuantizer q = kernels::make_uniform_quantizer(-2.086f, 2.6636f, states);
    float table[256] = {};
    kernels::fill_levels(q, table);
    const float step = (2.6636f + 2.086f) / static_cast<float>(states);
    for (int c = 0; c < states; ++c)
      ASSERT_EQ(table[c], std::fma(static_cast<float>(c), step, -2.086f + step / 2));
    EXPECT_EQ(codes_of(std::vector<float>(table, table + states), q).back(), states - 1);
  }
}

TEST(UniformQuantizer, TakesTheFewestBitsThatHoldItsStates) {
  for (int states = 2; states <= 256; ++states)
    EXPECT_EQ(kernels::code_width(states), static_cast<int>(std::ceil(std::log2(states)))) << states;
}

TEST(UniformQuantizer, NothingOutsideTheBuffersIsTouched) {
  Rng rng(6);
  for (auto guard : {GuardedBuffer::Guard::kAfter, GuardedBuffer::Guard::kBefore})
    for (int width = 1; width <= 8; ++width)
      for (std::int64_t n : {1, 8, 15, 17, 511, 512, 513, 1031}) {
        const auto x = testing::normal_values(n, rng);
        const GuardedBuffer in(4 * x.size(), guard), out(4 * x.size(), guard);
        const GuardedBuffer packed(static_cast<std::size_t>(kernels::packed_bytes(n, width)), guard);
        std::memcpy(in.bytes(), x.data(), 4 * x.size());
        const kernels::ValueRange range = kernels::value_range(in.floats(), n);
        const UniformQuantizer q = kernels::make_uniform_quantizer(range.lo, range.hi, 1 << width);
        kernels::quantize_pack(in.floats(), n, q, packed.bytes());
        kernels::unpack_dequantize(packed.bytes(), n, q, out.floats());
        EXPECT_TRUE(kernels::all_finite(out.floats(), n));
      }
}

TEST(ValueRange, IsTheMinimumAndMaximumAtEveryLength) {
  Rng rng(7);
  for (std::int64_t n = 1; n < 200; ++n) {
    const auto x = testing::normal_values(n, rng);
    const kernels::ValueRange range = kernels::value_range(x.data(), n);
    EXPECT_EQ(range.lo, *std::min_element(x.begin(), x.end())) << n;
    EXPECT_EQ(range.hi, *std::max_element(x.begin(), x.end())) << n;
  }
}

TEST(ValueRange, WritesEitherZeroAsPlusZero) {
  for (const std::vector<float>& x : {std::vector<float>(40, -0.0f), {0.0f, -0.0f}, {-0.0f, 0.0f}}) {
    const kernels::ValueRange range = kernels::value_range(x.data(), static_cast<std::int64_t>(x.size()));
    EXPECT_FALSE(std::signbit(range.lo) || std::signbit(range.hi));
  }
}

TEST(AllFinite, FindsASingleBadValueAnywhere) {
  for (float bad : {NAN, -NAN, INFINITY, -INFINITY})
    for (std::int64_t n : {1, 5, 256, 257, 700})
      for (std::int64_t at = 0; at < n; at += 1 + n / 9) {
        std::vector<float> x(static_cast<std::size_t>(n), 3.4e38f);
        EXPECT_TRUE(kernels::all_finite(x.data(), n));
        x[static_cast<std::size_t>(at)] = bad;
        EXPECT_FALSE(kernels::all_finite(x.data(), n)) << bad << " at " << at << " of " << n;
      }
}

}  // namespace
}  // namespace packrat
