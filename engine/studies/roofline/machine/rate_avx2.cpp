#include <immintrin.h>

#include "engine/studies/roofline/machine/rate_loop.h"
#include "engine/studies/roofline/machine/rate_tables.h"

namespace packrat::machine {
namespace {

bool has_fma() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

double run_float(std::int64_t rounds) {
  __m256 a = _mm256_set1_ps(0.5f), b = _mm256_set1_ps(2);
  hide(a), hide(b);
  return run_rounds<float>(rounds, _mm256_setzero_ps(),
                           [&](__m256& sum) { sum = _mm256_fmadd_ps(a, b, sum); });
}

// Sixteen bfloat16 are two vectors of float32: the lower halves of its words, shifted up, and the upper ones.
double run_bfloat(std::int64_t rounds) {
  __m256i a = _mm256_set1_epi16(0x3f00);  // 0.5
  const __m256i upper = _mm256_set1_epi32(static_cast<int>(0xffff0000u));
  __m256 b = _mm256_set1_ps(2);
  hide(b);
  return run_rounds<float>(rounds, _mm256_setzero_ps(), [&](__m256& sum) {
    asm volatile("" : "+x"(a));  // widened again every time
    sum = _mm256_fmadd_ps(_mm256_castsi256_ps(_mm256_slli_epi32(a, 16)), b, sum);
    sum = _mm256_fmadd_ps(_mm256_castsi256_ps(_mm256_and_si256(a, upper)), b, sum);
  });
}

double run_int(std::int64_t rounds) {
  __m256i a = _mm256_set1_epi8(3);
  const __m256i b = _mm256_set1_epi8(-2), ones = _mm256_set1_epi16(1);
  return run_rounds<std::int32_t>(rounds, _mm256_setzero_si256(),
                                  [&](__m256i& sum) {
                                    asm volatile("" : "+x"(a));
                                    sum = _mm256_add_epi32(
                                        sum, _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), ones));
                                  }) /
         -6;
}

}  // namespace

const RateKernel kAvx2Rates[3] = {
    {Precision::kFp32, "AVX2 FMA", has_fma, kSums * 8, run_float},
    {Precision::kBf16, "AVX2 FMA, widened to float32", has_fma, kSums * 16, run_bfloat},
    {Precision::kInt8, "AVX2", has_fma, kSums * 32, run_int}};

}  // namespace packrat::machine
