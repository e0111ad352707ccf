// Whoever comes behind a kernel finds the upper halves of the wide registers clear. Where they are not, code
// that uses 128 bits, which is most, waits for what the kernel left in them: it runs several times slower.
#include <gtest/gtest.h>

#include <algorithm>

#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/kernel_table.h"
#include "tests/compressors/testing.h"

#ifdef __x86_64__
#include <cpuid.h>

namespace packrat {
namespace {

using kernels::Stores;

// Builds for the sanitizers are optimized too little for GCC to clear the registers.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kBuiltForSpeed = false;
#else
constexpr bool kBuiltForSpeed = true;
#endif

/// Whether the processor tells which parts of its state are in use.
bool tells_state() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid_count(0xd, 1, &eax, &ebx, &ecx, &edx) != 0 && (eax & 4) != 0;
}

/// Whether upper halves of the registers of 256 or of 512 bits are in use.
bool upper_halves_in_use() {
  constexpr unsigned kUpper256 = 1 << 2, kUpper512 = 1 << 6;
  unsigned low = 0, high = 0;
  __asm__ volatile(".byte 0x0f, 0x01, 0xd0" : "=a"(low), "=d"(high) : "c"(1));  // xgetbv
  return (low & (kUpper256 | kUpper512)) != 0;
}

class KernelRegisters : public ::testing::TestWithParam<kernels::Isa> {};
INSTANTIATE_TEST_SUITE_P(Tiers, KernelRegisters, ::testing::ValuesIn(kernels::available_isas()),
                         [](const auto& tier) { return kernels::isa_name(tier.param); });

__attribute__((target("avx"))) void use_upper_half() {
  __asm__ volatile("vcmpps $0xf, %%ymm0, %%ymm0, %%ymm0" ::: "xmm0");
}
__attribute__((target("avx"))) void clear_upper_halves() {
  __asm__ volatile("vzeroupper");
}

TEST_P(KernelRegisters, AreClearInTheirUpperHalvesBehindEveryKernel) {
  if (!kBuiltForSpeed || GetParam() == kernels::Isa::kScalar || !tells_state())
    GTEST_SKIP() << "nothing to see";
  use_upper_half();
  const bool seen = upper_halves_in_use();
  clear_upper_halves();
  if (!seen || upper_halves_in_use()) GTEST_SKIP() << "the processor tells too little";

  const kernels::KernelTable& kernel = kernels::kernels_for(GetParam());
  Rng rng(40);
  alignas(64) float out[1024], table[256] = {};
  std::uint8_t packed[1024], codes[1024];
  for (const std::int64_t n : {1, 8, 16, 512, 1000, 1024})
    for (int width = 1; width <= kernels::kMaxWidth; ++width)
      for (const float lo : {0.0f, -2.0f})
        for (const Stores stores : {Stores::kCached, Stores::kStreaming}) {
          const std::vector<float> x = testing::relu_like(n, rng);
          const auto q = kernels::make_uniform_quantizer(lo, 2.0f, 1 << width);
          kernel.quantize_pack(x.data(), n, q, packed);
          EXPECT_FALSE(upper_halves_in_use()) << "quantize_pack, " << width << " bits, n " << n;
          kernel.unpack_dequantize(packed, n, q, out, stores);
          EXPECT_FALSE(upper_halves_in_use()) << "unpack_dequantize, " << width << " bits, n " << n;
          kernel.unpack_lookup(packed, n, width, table, out, stores);
          EXPECT_FALSE(upper_halves_in_use()) << "unpack_lookup, " << width << " bits, n " << n;
          kernel.unpack(packed, n, width, codes);
          EXPECT_FALSE(upper_halves_in_use()) << "unpack, " << width << " bits, n " << n;
          kernel.pack(codes, n, width, packed);
          EXPECT_FALSE(upper_halves_in_use()) << "pack, " << width << " bits, n " << n;
          kernel.codes_below(packed, n, width, 2);
          EXPECT_FALSE(upper_halves_in_use()) << "codes_below, " << width << " bits, n " << n;
          kernel.value_range(x.data(), n);
          EXPECT_FALSE(upper_halves_in_use()) << "value_range, n " << n;
          kernel.all_finite(x.data(), n);
          EXPECT_FALSE(upper_halves_in_use()) << "all_finite, n " << n;
          kernel.scatter_bitmap(packed, x.data(), std::min<std::int64_t>(n, 8), out);
          EXPECT_FALSE(upper_halves_in_use()) << "scatter_bitmap, n " << n;
        }
}

}  // namespace
}  // namespace packrat
#endif
