#include <immintrin.h>

#include "engine/studies/roofline/machine/rate_loop.h"
#include "engine/studies/roofline/machine/rate_tables.h"

namespace packrat::machine {
namespace {

bool has_bf16() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bf16");
}

double run_bfloat(std::int64_t rounds) {
  __m512i a = _mm512_set1_epi32(0x3f003f00), b = _mm512_set1_epi32(0x40004000);  // 0.5 and 2, twice
  hide(a), hide(b);
  return run_rounds<float>(rounds, _mm512_setzero_ps(), [&](__m512& sum) {
    sum = _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
  });
}

}  // namespace

const RateKernel kAvx512Bf16Rates[1] = {{Precision::kBf16, "AVX-512 BF16", has_bf16, kSums * 32, run_bfloat}};

}  // namespace packrat::machine
