#include <immintrin.h>

#include "engine/studies/roofline/machine/memory_loop.h"

namespace packrat::machine {
namespace {

bool has_avx2() {
  return __builtin_cpu_supports("avx2");
}

void stream_words(std::uint64_t* to, std::int64_t words, std::uint64_t value) {
  const __m256i filled = _mm256_set1_epi64x(static_cast<long long>(value));
  for (std::int64_t i = 0; i < words; i += 4) _mm256_stream_si256(reinterpret_cast<__m256i*>(to + i), filled);
  _mm_sfence();
}

}  // namespace

MemoryKernels avx2_memory_kernels() {
  return {"AVX2", has_avx2, read_words<Wide32>, write_words<Wide32>, copy_words<Wide32>, stream_words};
}

}  // namespace packrat::machine
