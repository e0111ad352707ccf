#include <immintrin.h>

#include "engine/studies/roofline/machine/rate_loop.h"
#include "engine/studies/roofline/machine/rate_tables.h"

namespace packrat::machine {
namespace {

bool has_vnni() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vnni");
}

double run_int(std::int64_t rounds) {
  __m512i a = _mm512_set1_epi32(0x03030303), b = _mm512_set1_epi32(static_cast<int>(0xfefefefeu));  // 3, -2
  hide(a), hide(b);
  return run_rounds<std::int32_t>(rounds, _mm512_setzero_si512(),
                                  [&](__m512i& sum) { sum = _mm512_dpbusd_epi32(sum, a, b); }) /
         -6;
}

}  // namespace

const RateKernel kAvx512VnniRates[1] = {{Precision::kInt8, "AVX-512 VNNI", has_vnni, kSums * 64, run_int}};

}  // namespace packrat::machine
