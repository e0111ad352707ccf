#include <immintrin.h>

#include "engine/studies/roofline/machine/rate_loop.h"
#include "engine/studies/roofline/machine/rate_tables.h"

namespace packrat::machine {
namespace {

bool has_avx512() {
  return __builtin_cpu_supports("avx512f");
}

double run_float(std::int64_t rounds) {
  __m512 a = _mm512_set1_ps(0.5f), b = _mm512_set1_ps(2);
  hide(a), hide(b);
  return run_rounds<float>(rounds, _mm512_setzero_ps(),
                           [&](__m512& sum) { sum = _mm512_fmadd_ps(a, b, sum); });
}

}  // namespace

const RateKernel kAvx512Rates[1] = {{Precision::kFp32, "AVX-512 FMA", has_avx512, kSums * 16, run_float}};

}  // namespace packrat::machine
