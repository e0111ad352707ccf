// No kernel of any tier reads or writes past its buffers: each stands before, then behind, a page that may
// not be touched.
#include <gtest/gtest.h>

#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/kernel_table.h"
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

const std::vector<std::int64_t> kLengths{1,   2,   3,   7,   8,   9,   15,  16,  17,   24,   31,   32,  33,
                                         100, 505, 511, 512, 513, 520, 527, 528, 1023, 1024, 1025, 3072};

TEST_P(KernelGuard, CodesStayInsideTheirBuffers) {
  Rng rng(20);
  for (int width = 1; width <= kernels::kMaxWidth; ++width) {
    const GuardedBuffer table = buffer(4 << width);
    for (int states : {1 << width, (1 << width) - 1}) {
      if (states < 2 || kernels::code_width(states) != width) continue;
      const auto q = kernels::make_uniform_quantizer(-2.0f, 2.0f, states);
      kernels::fill_levels(q, table.floats());
      for (const std::int64_t n : kLengths) {
        const GuardedBuffer x = buffer(4 * n), out = buffer(4 * n), codes = buffer(n);
        const GuardedBuffer packed = buffer(kernels::packed_bytes(n, width));
        for (std::int64_t i = 0; i < n; ++i) x.floats()[i] = static_cast<float>(rng.normal());
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
  for (const std::int64_t n : kLengths) {
    const GuardedBuffer x = buffer(4 * n);
    for (std::int64_t i = 0; i < n; ++i) x.floats()[i] = static_cast<float>(rng.normal());
    EXPECT_LE(kernel().value_range(x.floats(), n).lo, x.floats()[0]);
    EXPECT_TRUE(kernel().all_finite(x.floats(), n));
  }
}

TEST_P(KernelGuard, SelectingAndScatteringStayInsideTheirBuffers) {
  Rng rng(22);
  for (const std::int64_t n : kLengths)
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

}  // namespace
}  // namespace packrat
