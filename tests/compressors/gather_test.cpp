#include "compressors/kernels/gather.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/kernel_table.h"
#include "tests/compressors/testing.h"

namespace packrat {
namespace {

using kernels::UniformQuantizer;

/// `slots` packed entries of n values in a row, each with a quantizer of its own.
struct Slab {
  Slab(std::int64_t slots, std::int64_t values, int states) : n(values) {
    Rng rng(30);
    entry_bytes = kernels::packed_bytes(n, kernels::code_width(states));
    bytes.resize(static_cast<std::size_t>(slots * entry_bytes));
    for (std::int64_t slot = 0; slot < slots; ++slot) {
      quantizers.push_back(kernels::make_uniform_quantizer(0.0f, 1.0f + static_cast<float>(slot), states));
      const auto x = testing::relu_like(n, rng);
      kernels::quantize_pack(x.data(), n, quantizers.back(), bytes.data() + slot * entry_bytes);
    }
  }
  std::vector<float> decoded(std::int64_t slot, const UniformQuantizer& q) const {
    std::vector<float> row(static_cast<std::size_t>(n));
    kernels::reference::unpack_dequantize(bytes.data() + slot * entry_bytes, n, q, row.data());
    return row;
  }
  std::int64_t n, entry_bytes;
  std::vector<std::uint8_t> bytes;
  std::vector<UniformQuantizer> quantizers;
};

void expect_batch(const Slab& slab, std::int64_t count, bool own_ranges) {
  Rng rng(31);
  const auto slots = static_cast<std::uint32_t>(slab.quantizers.size());
  std::vector<const std::uint8_t*> packed;
  std::vector<UniformQuantizer> quantizers;
  std::vector<float> expected;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto slot = static_cast<std::int64_t>(rng.below(slots));
    packed.push_back(slab.bytes.data() + slot * slab.entry_bytes);
    quantizers.push_back(slab.quantizers[own_ranges ? static_cast<std::size_t>(slot) : 0]);
    const auto row = slab.decoded(slot, quantizers.back());
    expected.insert(expected.end(), row.begin(), row.end());
  }
  // As the codecs call it, which chooses the stores by the size of the batch.
  const std::int64_t stride = own_ranges ? 1 : 0;
  std::vector<float> out(expected.size(), -7.0f);
  kernels::gather_dequantize(packed.data(), count, slab.n, quantizers.data(), stride, out.data());
  EXPECT_TRUE(testing::same_bits(out, expected)) << count << " entries of " << slab.n;
  // Streaming stores need rows that begin at a cache line.
  std::vector<float> memory(expected.size() + 16);
  float* const line = memory.data() + (64 - reinterpret_cast<std::uintptr_t>(memory.data()) % 64) / 4;
  for (const kernels::Isa isa : kernels::available_isas())
    for (const kernels::Stores stores : {kernels::Stores::kCached, kernels::Stores::kStreaming}) {
      kernels::gather_dequantize(kernels::kernels_for(isa), packed.data(), count, slab.n, quantizers.data(),
                                 stride, line, stores);
      EXPECT_TRUE(std::equal(expected.begin(), expected.end(), line))
          << kernels::isa_name(isa) << ", n " << slab.n;
    }
}

TEST(Gather, DecodesEntriesFromAnywhereIntoTheRowsOfABatch) {
  for (int states : {2, 4, 8, 16, 32, 100, 256})
    for (std::int64_t n : {1, 17, 512, 1000, 1024, 3072}) {
      const Slab slab(20, n, states);
      for (std::int64_t count : {0, 1, 16, 33}) {
        expect_batch(slab, count, true);
        expect_batch(slab, count, false);
      }
    }
}

TEST(Gather, DecodesTheSameValuesWhenTheBatchIsFarLargerThanTheCaches) {
  const Slab slab(20, 1024, 16);
  const std::int64_t entries = kernels::streaming_bytes() / 4096 + 1;
  expect_batch(slab, entries, true);
}

}  // namespace
}  // namespace packrat
