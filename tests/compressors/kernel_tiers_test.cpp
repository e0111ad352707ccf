// Every tier that this machine runs, against definitions written out one value at a time: same bits at every
// width, length and alignment.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/kernel_table.h"
#include "compressors/kernels/select.h"
#include "tests/compressors/testing.h"

namespace packrat {
namespace {

using kernels::KernelTable;
using kernels::Stores;
using kernels::UniformQuantizer;

constexpr std::int64_t kLongest = 2100;
constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

class KernelTier : public ::testing::TestWithParam<kernels::Isa> {
 protected:
  const KernelTable& kernel() const { return kernels::kernels_for(GetParam()); }
};
INSTANTIATE_TEST_SUITE_P(Tiers, KernelTier, ::testing::ValuesIn(kernels::available_isas()),
                         [](const auto& tier) { return kernels::isa_name(tier.param); });

/// Memory for `size` bytes that begins `offset` bytes after a multiple of 64, with marked bytes around it.
class ShiftedBytes {
 public:
  ShiftedBytes(std::int64_t size, std::int64_t offset)
      : size_(size), all_(static_cast<std::size_t>(size + 3 * kMargin), kMark) {
    const auto address = reinterpret_cast<std::uintptr_t>(all_.data());
    data_ = all_.data() + (kMargin - address % kMargin) + offset % kMargin;
  }
  std::uint8_t* data() const { return data_; }
  float* floats() const { return reinterpret_cast<float*>(data_); }
  /// Whether no byte before or after the memory was written.
  bool margins_untouched() const {
    for (const std::uint8_t* p = all_.data(); p < all_.data() + all_.size(); ++p)
      if ((p < data_ || p >= data_ + size_) && *p != kMark) return false;
    return true;
  }

 private:
  static constexpr std::int64_t kMargin = 64;
  static constexpr std::uint8_t kMark = 0xa5;
  std::int64_t size_;
  std::vector<std::uint8_t> all_;
  std::uint8_t* data_;
};

std::vector<std::uint8_t> packed(const std::uint8_t* codes, std::int64_t n, int width) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(kernels::packed_bytes(n, width)));
  kernels::reference::pack(codes, n, width, bytes.data());
  return bytes;
}

bool equal(const ShiftedBytes& got, const void* expected, std::int64_t bytes) {
  return std::memcmp(got.data(), expected, static_cast<std::size_t>(bytes)) == 0 && got.margins_untouched();
}

/// Values of one quantizer with the codes and levels that the definitions give them.
struct Example {
  Example(int width, int states, std::uint64_t seed) : x(kLongest), codes(kLongest), levels(kLongest) {
    Rng rng(seed);
    for (float& v : x) v = static_cast<float>(rng.normal());
    x[3] = kNan, x[17] = -kNan, x[40] = kInf, x[71] = -kInf, x[600] = kNan, x[2099] = kNan;
    q = kernels::make_uniform_quantizer(-1.25f, 1.75f, states);
    EXPECT_EQ(q.width, width);
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(kernels::packed_bytes(kLongest, width)));
    kernels::reference::quantize_pack(x.data(), kLongest, q, bytes.data());
    kernels::reference::unpack(bytes.data(), kLongest, width, codes.data());
    for (std::size_t i = 0; i < levels.size(); ++i)
      levels[i] = std::fma(static_cast<float>(codes[i]), q.step, q.base);
  }
  UniformQuantizer q;
  std::vector<float> x;
  std::vector<std::uint8_t> codes;
  std::vector<float> levels;
};

TEST_P(KernelTier, HasTheSameBitsAsTheDefinitionsAtEveryWidthLengthAndAlignment) {
  for (int width = 1; width <= kernels::kMaxWidth; ++width) {
    const Example all(width, 1 << width, 10), ragged(width, width == 1 ? 2 : (1 << width) - 1, 11);
    for (std::int64_t n = 1; n <= kLongest; ++n) {
      const Example& e = n % 2 == 0 ? all : ragged;
      const auto expected = packed(e.codes.data(), n, width);
      const auto bytes = static_cast<std::int64_t>(expected.size());
      const ShiftedBytes codes(n, 3 * n), bits(bytes, n), x(4 * n, 4 * n),
          values(4 * n, n % 5 == 0 ? 0 : 4 * n);
      std::memcpy(codes.data(), e.codes.data(), static_cast<std::size_t>(n));
      std::memcpy(x.data(), e.x.data(), static_cast<std::size_t>(4 * n));
      kernel().pack(codes.data(), n, width, bits.data());
      ASSERT_TRUE(equal(bits, expected.data(), bytes)) << "pack, width " << width << ", n " << n;
      std::memset(bits.data(), 0xff, expected.size());
      kernel().quantize_pack(x.floats(), n, e.q, bits.data());
      ASSERT_TRUE(equal(bits, expected.data(), bytes)) << "quantize_pack, width " << width << ", n " << n;
      std::memset(codes.data(), 0xff, static_cast<std::size_t>(n));
      kernel().unpack(bits.data(), n, width, codes.data());
      ASSERT_TRUE(equal(codes, e.codes.data(), n)) << "unpack, width " << width << ", n " << n;
      const Stores stores = n % 3 == 0 ? Stores::kStreaming : Stores::kCached;
      kernel().unpack_dequantize(bits.data(), n, e.q, values.floats(), stores);
      ASSERT_TRUE(equal(values, e.levels.data(), 4 * n)) << "dequantize, width " << width << ", n " << n;
      ASSERT_TRUE(kernel().codes_below(bits.data(), n, width, e.q.states)) << width << ", n " << n;
    }
  }
}

TEST_P(KernelTier, LooksUpAnyTableOfLevelsIncludingNanAndInfinity) {
  Rng rng(12);
  for (int width = 1; width <= kernels::kMaxWidth; ++width) {
    const ShiftedBytes table(4 << width, 4);  // the very floats of the table and none besides
    for (int c = 0; c < 1 << width; ++c) table.floats()[c] = static_cast<float>(rng.normal());
    table.floats()[0] = kNan, table.floats()[1] = -kInf;
    for (std::int64_t n = 1; n <= kLongest; n += n < 600 ? 1 : 11) {
      std::vector<std::uint8_t> codes(static_cast<std::size_t>(n));
      std::vector<float> expected;
      for (auto& code : codes) {
        code = static_cast<std::uint8_t>(rng.below(1u << width));
        expected.push_back(table.floats()[code]);
      }
      const ShiftedBytes out(4 * n, 4 * n);
      const Stores stores = n % 2 == 0 ? Stores::kStreaming : Stores::kCached;
      kernel().unpack_lookup(packed(codes.data(), n, width).data(), n, width, table.floats(), out.floats(),
                             stores);
      ASSERT_TRUE(equal(out, expected.data(), 4 * n)) << "width " << width << ", n " << n;
    }
  }
}

TEST_P(KernelTier, ReadsCodesFromTheNumberOfStatesUpAsZero) {
  for (int states : {3, 5, 6, 9, 17, 21, 33, 50, 65, 100, 129, 200}) {
    const UniformQuantizer q = kernels::make_uniform_quantizer(-3.0f, 7.0f, states);
    const std::int64_t n = 1 << q.width;
    for (std::int64_t repeat : {1, 5}) {
      std::vector<std::uint8_t> codes(static_cast<std::size_t>(600 + n * repeat));
      for (std::size_t i = 0; i < codes.size(); ++i)
        codes[i] = static_cast<std::uint8_t>(i % static_cast<std::size_t>(n));
      const auto count = static_cast<std::int64_t>(codes.size());
      const auto bits = packed(codes.data(), count, q.width);
      std::vector<float> got(codes.size()), expected(codes.size());
      kernels::reference::unpack_dequantize(bits.data(), count, q, expected.data());
      kernel().unpack_dequantize(bits.data(), count, q, got.data(), Stores::kCached);
      ASSERT_TRUE(testing::same_bits(got, expected)) << states << " states";
      ASSERT_FALSE(kernel().codes_below(bits.data(), count, q.width, states)) << states << " states";
    }
  }
}

TEST_P(KernelTier, FindsASingleCodeThatIsNoStateAnywhere) {
  for (int states : {3, 7, 13, 30, 60, 100, 200}) {
    const int width = kernels::code_width(states);
    for (std::int64_t n : {1, 9, 511, 512, 530, 1029})
      for (std::int64_t at = 0; at < n; at += 1 + n / 37) {
        std::vector<std::uint8_t> codes(static_cast<std::size_t>(n), static_cast<std::uint8_t>(states - 1));
        ASSERT_TRUE(kernel().codes_below(packed(codes.data(), n, width).data(), n, width, states));
        codes[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(states);
        ASSERT_FALSE(kernel().codes_below(packed(codes.data(), n, width).data(), n, width, states))
            << states << " states, value " << at << " of " << n;
      }
  }
}

// Ordinary ranges, ranges far from zero, and bins about as narrow or as wide as floats allow.
std::vector<std::pair<float, float>> ranges() {
  std::vector<std::pair<float, float>> all{
      {0.0f, 1.0f},         {-2.086f, 2.6636f},   {-1e30f, 3e30f},         {1e-30f, 2e-30f},
      {1e6f, 1e6f + 1},     {1e6f, 1e6f + 100},   {-4097.0f, -4096.0f},    {1.0f, std::nextafter(1.0f, 2.0f)},
      {1.0f, 1 + 0x1p-19f}, {1.0f, 1 + 0x1p-12f}, {-0x1p-149f, 0x1p-147f}, {0.0f, 0x1p-149f},
      {0.0f, 0x1p-98f},     {0.0f, 0x1p-84f},     {-1.7e38f, 1.7e38f},     {3.0f, 3.0f}};
  Rng rng(13);
  for (int i = 0; i < 40; ++i) {
    const auto lo = static_cast<float>(rng.normal() * std::exp(4 * rng.normal()));
    all.emplace_back(lo, lo + static_cast<float>(std::exp(5 * rng.normal())));
  }
  // after a ReLU
  for (int i = 0; i < 20; ++i) all.emplace_back(0.0f, static_cast<float>(std::exp(5 * rng.normal())));
  return all;
}

// Around every boundary the float below, the boundary and the float above; then values inside and far
// outside.
std::vector<float> probes(const UniformQuantizer& q, Rng& rng) {
  std::vector<float> x{q.lo,
                       q.hi,
                       std::nextafter(q.lo, -kInf),
                       std::nextafter(q.hi, kInf),
                       0.0f,
                       -0.0f,
                       -3e38f,
                       3e38f,
                       kInf,
                       -kInf,
                       kNan,
                       -kNan,
                       0x1p-149f,
                       -0x1p-149f};
  for (int i = 1; i < q.states; ++i) {
    const float b = kernels::bin_boundary(q, i);
    x.insert(x.end(), {std::nextafter(b, -kInf), b, std::nextafter(b, kInf)});
  }
  while (x.size() < 1100) x.push_back(q.lo + static_cast<float>(rng.uniform()) * (q.hi - q.lo));
  return x;
}

TEST_P(KernelTier, PutsEveryValueAroundEveryBoundaryInTheBinOfTheDefinition) {
  Rng rng(14);
  for (const auto& [lo, hi] : ranges())
    for (int states : {2, 3, 4, 7, 8, 16, 17, 31, 32, 63, 64, 100, 128, 255, 256}) {
      const UniformQuantizer q = kernels::make_uniform_quantizer(lo, hi, states);
      const std::vector<float> x = probes(q, rng);
      const auto n = static_cast<std::int64_t>(x.size());
      const auto bytes = static_cast<std::size_t>(kernels::packed_bytes(n, q.width));
      std::vector<std::uint8_t> got(bytes, 0xff), expected(bytes, 0xff);
      kernels::reference::quantize_pack(x.data(), n, q, expected.data());
      kernel().quantize_pack(x.data(), n, q, got.data());
      ASSERT_EQ(got, expected) << lo << " to " << hi << ", " << states << " states";
      std::vector<float> values(x.size()), levels(x.size());
      kernels::reference::unpack_dequantize(expected.data(), n, q, levels.data());
      kernel().unpack_dequantize(expected.data(), n, q, values.data(), Stores::kCached);
      ASSERT_TRUE(testing::same_bits(values, levels)) << lo << " to " << hi << ", " << states << " states";
    }
}

TEST_P(KernelTier, FindsTheRangeAndEveryBadValueAtEveryLengthAndAlignment) {
  Rng rng(15);
  for (std::int64_t n = 1; n <= 400; ++n) {
    const ShiftedBytes memory(4 * n, 4 * n);
    float* x = memory.floats();
    for (std::int64_t i = 0; i < n; ++i) x[i] = static_cast<float>(rng.normal());
    const auto at = static_cast<std::int64_t>(rng.below(static_cast<std::uint32_t>(n)));
    const kernels::ValueRange range = kernel().value_range(x, n);
    ASSERT_EQ(range.lo, *std::min_element(x, x + n)) << n;
    ASSERT_EQ(range.hi, *std::max_element(x, x + n)) << n;
    x[at] = at % 2 == 0 ? 3.4028235e38f : -3.4028235e38f;
    ASSERT_TRUE(kernel().all_finite(x, n));
    for (const float bad : {kNan, -kNan, kInf, -kInf}) {
      x[at] = bad;
      ASSERT_FALSE(kernel().all_finite(x, n)) << bad << " at " << at << " of " << n;
    }
  }
  for (const std::vector<float>& x : {std::vector<float>(40, -0.0f), {0.0f, -0.0f}, {-0.0f, 0.0f}, {-0.0f}}) {
    const kernels::ValueRange range = kernel().value_range(x.data(), static_cast<std::int64_t>(x.size()));
    EXPECT_FALSE(std::signbit(range.lo) || std::signbit(range.hi));
  }
}

float draw(int kind, Rng& rng) {
  switch (kind) {
    case 0:
      return static_cast<float>(rng.normal());
    case 1:
      return std::max(0.0f, static_cast<float>(rng.normal()));
    case 2:
      return -1.5f;
    case 3:
      return static_cast<float>(rng.below(4)) - 1.0f;
    case 4:
      return rng.below(2) == 0 ? 0.0f : -0.0f;
    case 5:
      return 1.0f + static_cast<float>(rng.below(8)) * 0x1p-23f;
    case 6:
      return rng.below(9) == 0 ? kInf : -kInf;
    default:
      return static_cast<float>(rng.normal()) * (rng.below(2) == 0 ? 1e-42f : 3e37f);
  }
}

TEST_P(KernelTier, SelectsWhatSortingWouldIncludingTies) {
  Rng rng(16);
  for (int kind = 0; kind < 8; ++kind)
    for (std::int64_t n : {1, 2, 7, 8, 9, 15, 16, 17, 33, 100, 512, 1000, 1024, 3072}) {
      std::vector<float> x(static_cast<std::size_t>(n));
      for (float& v : x) v = draw(kind, rng);
      for (std::int64_t kept : {std::int64_t{1}, n / 20, n / 10, n / 2, n - 1, n}) {
        if (kept < 1) continue;
        std::vector<std::uint16_t> got(static_cast<std::size_t>(kept)), expected(got.size());
        std::vector<std::uint32_t> scratch(2 * x.size());
        kernels::reference::select_largest(x.data(), n, kept, expected.data());
        kernel().select_largest(x.data(), n, kept, scratch.data(), got.data());
        ASSERT_EQ(got, expected) << "kind " << kind << ", keeps " << kept << " of " << n;
      }
    }
}

TEST_P(KernelTier, SelectsAmongTheMostValuesThatCoordinatesCanName) {
  std::vector<float> x(kernels::kMaxSelectValues, 1.0f);
  x[65535] = 0.0f;
  std::vector<std::uint16_t> at(65535);
  std::vector<std::uint32_t> scratch(2 * x.size());
  kernel().select_largest(x.data(), 65536, 65535, scratch.data(), at.data());
  for (std::size_t i = 0; i < at.size(); ++i) ASSERT_EQ(at[i], i);
}

TEST_P(KernelTier, PutsSparseValuesBackAndZeroEverywhereElse) {
  Rng rng(17);
  for (std::int64_t n = 1; n <= 700; ++n) {
    const int kept_of = static_cast<int>(n % 4);  // none, few, half, all
    std::vector<float> expected(static_cast<std::size_t>(n), 0.0f);
    std::vector<std::uint16_t> at;
    std::vector<float> values;
    const ShiftedBytes bitmap((n + 7) / 8, n);
    std::memset(bitmap.data(), 0, static_cast<std::size_t>((n + 7) / 8));
    for (std::int64_t i = 0; i < n; ++i) {
      if (kept_of == 0 || (kept_of < 3 && rng.below(kept_of == 1 ? 20 : 2) != 0)) continue;
      at.push_back(static_cast<std::uint16_t>(i));
      values.push_back(i % 7 == 0 ? kNan : static_cast<float>(rng.normal()));
      expected[static_cast<std::size_t>(i)] = values.back();
      bitmap.data()[i / 8] = static_cast<std::uint8_t>(bitmap.data()[i / 8] | 1 << i % 8);
    }
    if (n % 8 != 0) bitmap.data()[n / 8] |= static_cast<std::uint8_t>(0xff << n % 8);  // to be ignored
    const auto kept = static_cast<std::int64_t>(at.size());
    const ShiftedBytes coordinates(2 * kept, n), floats(4 * kept, n + 1), out(4 * n, 4 * n);
    if (kept > 0) {
      std::memcpy(coordinates.data(), at.data(), 2 * at.size());
      std::memcpy(floats.data(), values.data(), 4 * values.size());
    }
    kernel().scatter_coordinates(coordinates.data(), floats.data(), kept, n, out.floats());
    ASSERT_TRUE(equal(out, expected.data(), 4 * n)) << "coordinates, n " << n;
    std::memset(out.data(), 0xff, static_cast<std::size_t>(4 * n));
    kernel().scatter_bitmap(bitmap.data(), floats.data(), n, out.floats());
    ASSERT_TRUE(equal(out, expected.data(), 4 * n)) << "bitmap, n " << n;
  }
}

}  // namespace
}  // namespace packrat
