#include <immintrin.h>

#include "engine/studies/roofline/machine/memory_loop.h"

namespace packrat::machine {
namespace {

bool has_avx512() {
  return __builtin_cpu_supports("avx512f");
}

void stream_words(std::uint64_t* to, std::int64_t words, std::uint64_t value) {
  const __m512i filled = _mm512_set1_epi64(static_cast<long long>(value));
  for (std::int64_t i = 0; i < words; i += 8) _mm512_stream_si512(reinterpret_cast<__m512i*>(to + i), filled);
  _mm_sfence();
}

}  // namespace

MemoryKernels avx512_memory_kernels() {
  return {"AVX-512", has_avx512, read_words<Wide64>, write_words<Wide64>, copy_words<Wide64>, stream_words};
}

}  // namespace packrat::machine
