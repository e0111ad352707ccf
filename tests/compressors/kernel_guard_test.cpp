// No kernel of any tier reads or writes past its buffers: each stands before, then behind, a page that may
// not be touched.
#include <gtest/gtest.h>

#include <cmath>

#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/half.h"
#include "compressors/kernels/kernel_table.h"
#include "compressors/kernels/level_codes.h"
#include "compressors/kernels/nearest.h"
#include "compressors/kernels/sparse_index.h"
#include "tests/compressors/testing.h"

namespace packrat {
namespace {

using kernels::KernelTable;
using kernels::Stores;
using testing::GuardedBuffer;

class KernelGuard : public ::testing::TestWithParam<std::tuple<kernels::Isa, GuardedBuffer::Guard>> {
 protected:
  const KernelTable& kernel() const { return kernels::kernels_for(std::get<0>(GetParam())); }
  GuardedBuffer buffer(std::int64_t bytes) const {
    return {static_cast<std::size_t>(bytes), std::get<1>(GetParam())};
  }
};
INSTANTIATE_TEST_SUITE_P(Tiers, KernelGuard,
                         ::testing::Combine(::testing::ValuesIn(kernels::available_isas()),
                                            ::testing::Values(GuardedBuffer::Guard::kAfter,
                                                              GuardedBuffer::Guard::kBefore)),
                         [](const auto& tier) {
                           const bool after = std::get<1>(tier.param) == GuardedBuffer::Guard::kAfter;
                           return kernels::isa_name(std::get<0>(tier.param)) +
                                  std::string(after ? "_after" : "_before");
                         });

// Every length up to four cache lines of floats and more, and those around whole blocks of codes.
std::vector<std::int64_t> lengths() {
  std::vector<std::int64_t> all;
  for (std::int64_t n = 1; n <= 80; ++n) all.push_back(n);
  for (const std::int64_t block : {512, 1024, 1536, 2048})
    for (std::int64_t n = block - 18; n <= block + 34; ++n) all.push_back(n);
  all.push_back(3072);
  return all;
}

TEST_P(KernelGuard, CodesStayInsideTheirBuffers) {
  Rng rng(20);
  for (int width = 1; width <= kernels::kMaxWidth; ++width) {
    const GuardedBuffer table = buffer(4 << width);
    for (int states : {1 << width, (1 << width) - 1}) {
      if (states < 2 || kernels::code_width(states) != width) continue;
      const auto q = kernels::make_uniform_quantizer(-2.0f, 2.0f, states);
      kernels::fill_levels(q, table.floats());
      for (const std::int64_t n : lengths()) {
        const GuardedBuffer x = buffer(4 * n), out = buffer(4 * n), codes = buffer(n);
        const GuardedBuffer packed = buffer(kernels::packed_bytes(n, width));
        for (std::int64_t i = 0; i < n; ++i) x.floats()[i] = static_cast<float>(rng.normal());
        kernel().quantize_pack(x.floats(), n, kernels::make_uniform_quantizer(0.0f, 2.0f, states),
                               packed.bytes());
        EXPECT_TRUE(kernel().codes_below(packed.bytes(), n, width, states));
        kernel().quantize_pack(x.floats(), n, q, packed.bytes());
        EXPECT_TRUE(kernel().codes_below(packed.bytes(), n, width, states));
        kernel().unpack(packed.bytes(), n, width, codes.bytes());
        kernel().pack(codes.bytes(), n, width, packed.bytes());
        for (const Stores stores : {Stores::kCached, Stores::kStreaming}) {
          kernel().unpack_dequantize(packed.bytes(), n, q, out.floats(), stores);
          kernel().unpack_lookup(packed.bytes(), n, width, table.floats(), out.floats(), stores);
        }
        EXPECT_EQ(out.floats()[n - 1], table.floats()[codes.bytes()[n - 1]]) << width << ", n " << n;
      }
    }
  }
}

TEST_P(KernelGuard, FloatsStayInsideTheirBuffers) {
  Rng rng(21);
  for (const std::int64_t n : lengths()) {
    const GuardedBuffer x = buffer(4 * n);
    for (std::int64_t i = 0; i < n; ++i) x.floats()[i] = static_cast<float>(rng.normal());
    EXPECT_LE(kernel().value_range(x.floats(), n).lo, x.floats()[0]);
    EXPECT_TRUE(kernel().all_finite(x.floats(), n));
  }
}

TEST_P(KernelGuard, ABatchStaysInsideItsEntriesAndItsRows) {
  Rng rng(23);
  const auto q = kernels::make_uniform_quantizer(-2.0f, 2.0f, 8);
  for (const std::int64_t n : lengths()) {
    const std::int64_t bytes = kernels::packed_bytes(n, q.width);
    const GuardedBuffer first = buffer(bytes), second = buffer(bytes), out = buffer(3 * 4 * n);
    const std::vector<std::uint8_t> codes(static_cast<std::size_t>(n), 5);
    for (const GuardedBuffer* entry : {&first, &second})
      kernel().pack(codes.data(), n, q.width, entry->bytes());
    const std::uint8_t* const packed[] = {second.bytes(), first.bytes(), second.bytes()};
    for (const Stores stores : {Stores::kCached, Stores::kStreaming})
      kernels::gather_dequantize(kernel(), packed, 3, n, &q, 0, out.floats(), stores);
    for (std::int64_t i = 0; i < 3 * n; ++i) ASSERT_EQ(out.floats()[i], std::fma(5.0f, q.step, q.base)) << n;
  }
}

TEST_P(KernelGuard, SelectingAndScatteringStayInsideTheirBuffers) {
  Rng rng(22);
  for (const std::int64_t n : lengths())
    for (const std::int64_t kept : {std::int64_t{1}, n / 10 + 1, n / 2 + 1, n}) {
      if (kept > n) continue;
      const GuardedBuffer x = buffer(4 * n), scratch = buffer(8 * n), at = buffer(2 * kept);
      const GuardedBuffer values = buffer(4 * kept), bitmap = buffer((n + 7) / 8), out = buffer(4 * n);
      for (std::int64_t i = 0; i < n; ++i)
        x.floats()[i] = rng.below(3) == 0 ? 0.0f : 1.0f + static_cast<float>(rng.uniform());
      auto* coordinates = reinterpret_cast<std::uint16_t*>(at.bytes());
      kernel().select_largest(x.floats(), n, kept, reinterpret_cast<std::uint32_t*>(scratch.bytes()),
                              coordinates);
      std::memset(bitmap.bytes(), 0, static_cast<std::size_t>((n + 7) / 8));
      for (std::int64_t j = 0; j < kept; ++j) {
        values.floats()[j] = x.floats()[coordinates[j]];
        bitmap.bytes()[coordinates[j] / 8] |= static_cast<std::uint8_t>(1 << coordinates[j] % 8);
      }
      kernel().scatter_coordinates(at.bytes(), values.bytes(), kept, n, out.floats());
      EXPECT_EQ(out.floats()[coordinates[kept - 1]], values.floats()[kept - 1]);
      kernel().scatter_bitmap(bitmap.bytes(), values.bytes(), n, out.floats());
      EXPECT_EQ(out.floats()[coordinates[kept - 1]], values.floats()[kept - 1]);
    }
}

// Kernels that have one form for all processors.
class PlainKernelGuard : public ::testing::TestWithParam<GuardedBuffer::Guard> {
 protected:
  GuardedBuffer buffer(std::int64_t bytes) const { return {static_cast<std::size_t>(bytes), GetParam()}; }
};
INSTANTIATE_TEST_SUITE_P(Guards, PlainKernelGuard,
                         ::testing::Values(GuardedBuffer::Guard::kAfter, GuardedBuffer::Guard::kBefore),
                         [](const auto& guard) {
                           return guard.param == GuardedBuffer::Guard::kAfter ? "after" : "before";
                         });

TEST_P(PlainKernelGuard, HalvesStayInsideTheirBuffers) {
  for (const std::int64_t n : lengths()) {
    const GuardedBuffer x = buffer(4 * n), bytes = buffer(2 * n), out = buffer(4 * n);
    for (std::int64_t i = 0; i < n; ++i) x.floats()[i] = static_cast<float>(i);
    EXPECT_TRUE(kernels::to_float16(x.floats(), n, bytes.bytes()));
    EXPECT_TRUE(kernels::from_float16(bytes.bytes(), n, out.floats()));
    EXPECT_TRUE(kernels::to_bfloat16(x.floats(), n, bytes.bytes()));
    EXPECT_TRUE(kernels::from_bfloat16(bytes.bytes(), n, out.floats()));
  }
}

TEST_P(PlainKernelGuard, CodesOfOtherQuantizersStayInsideTheirBuffers) {
  const auto zero = kernels::make_zero_quantizer(2.0f, 6);
  for (const std::int64_t n : lengths()) {
    const GuardedBuffer x = buffer(4 * n), packed = buffer(kernels::packed_bytes(n, 3)),
                        boundaries = buffer(4 * 7);
    for (std::int64_t i = 0; i < n; ++i) x.floats()[i] = 0.01f * static_cast<float>(i);
    for (int b = 0; b < 7; ++b) boundaries.floats()[b] = static_cast<float>(b);
    kernels::zero_quantize_pack(x.floats(), n, zero, packed.bytes());
    kernels::boundary_pack(x.floats(), n, 3, boundaries.floats(), packed.bytes());
    EXPECT_TRUE(kernels::padding_is_zero(packed.bytes(), n, 3));
  }
}

TEST_P(PlainKernelGuard, IndexesStayInsideTheirBuffers) {
  using kernels::IndexLayout;
  for (const IndexLayout layout : {IndexLayout::kCoordinates16, IndexLayout::kBitmap, IndexLayout::kPacked,
                                   IndexLayout::kEliasFano, IndexLayout::kDelta})
    for (const std::int64_t n : lengths()) {
      const std::int64_t kept = n / 3 + 1;
      const auto index = kernels::make_sparse_index(layout, n, kept);
      const GuardedBuffer at = buffer(2 * kept), bytes = buffer(index.bytes());
      auto* coordinates = reinterpret_cast<std::uint16_t*>(at.bytes());
      for (std::int64_t j = 0; j < kept; ++j) coordinates[j] = static_cast<std::uint16_t>(n - kept + j);
      kernels::write_index(index, coordinates, bytes.bytes());
      EXPECT_TRUE(kernels::read_index(index, bytes.bytes(), coordinates)) << n;
      std::memset(bytes.bytes(), 0xff, static_cast<std::size_t>(index.bytes()));
      kernels::read_index(index, bytes.bytes(), coordinates);  // any bytes are safe
    }
}

TEST_P(PlainKernelGuard, NearestCentroidsStayInsideTheirBuffers) {
  for (const std::int64_t count : {1, 15, 16, 17, 31, 100, 256}) {
    const GuardedBuffer vector = buffer(4 * 7), centroids = buffer(4 * 3 * count);
    for (std::int64_t i = 0; i < 7; ++i) vector.floats()[i] = 1;
    for (std::int64_t i = 0; i < 3 * count; ++i)
      centroids.floats()[i] = static_cast<float>(count - i % count);
    EXPECT_EQ(kernels::nearest_centroid(vector.floats(), 3, 3, centroids.floats(), count), count - 1);
  }
}

}  // namespace
}  // namespace packrat
