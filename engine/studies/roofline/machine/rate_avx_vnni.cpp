#include <immintrin.h>

#include "engine/studies/roofline/machine/rate_loop.h"
#include "engine/studies/roofline/machine/rate_tables.h"

namespace packrat::machine {
namespace {

bool has_vnni() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("avxvnni");
}

double run_int(std::int64_t rounds) {
  __m256i a = _mm256_set1_epi8(3), b = _mm256_set1_epi8(-2);
  hide(a), hide(b);
  return run_rounds<std::int32_t>(rounds, _mm256_setzero_si256(),
                                  [&](__m256i& sum) { sum = _mm256_dpbusd_avx_epi32(sum, a, b); }) /
         -6;
}

}  // namespace

const RateKernel kAvxVnniRates[1] = {{Precision::kInt8, "AVX-VNNI", has_vnni, kSums * 32, run_int}};

}  // namespace packrat::machine
