#include "engine/studies/roofline/machine/memory_loop.h"
#ifdef __SSE2__
#include <immintrin.h>
#endif

namespace packrat::machine {
namespace {

bool always() {
  return true;
}

#ifdef __SSE2__
void stream_words(std::uint64_t* to, std::int64_t words, std::uint64_t value) {
  const __m128i filled = _mm_set1_epi64x(static_cast<long long>(value));
  for (std::int64_t i = 0; i < words; i += 2) _mm_stream_si128(reinterpret_cast<__m128i*>(to + i), filled);
  _mm_sfence();
}
constexpr auto kStream = stream_words;
#else
constexpr void (*kStream)(std::uint64_t*, std::int64_t, std::uint64_t) = nullptr;
#endif

}  // namespace

MemoryKernels portable_memory_kernels() {
  return {"16-byte vectors", always, read_words<Wide16>, write_words<Wide16>, copy_words<Wide16>, kStream};
}

}  // namespace packrat::machine
