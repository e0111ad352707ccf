#include "bench/kernels/two_pass.h"
#include "compressors/kernels/avx512/walk.h"

namespace packrat::bench {
namespace {

using namespace kernels;
using namespace kernels::avx512;

template <int B, int... R>
inline void unpack_rows(const std::uint8_t* block, std::uint32_t* words, std::integer_sequence<int, R...>) {
  const BlockWords<B> from(block);
  const __m512i mask = _mm512_set1_epi32((1 << B) - 1);
  (store(words + kLanes * R, _mm512_and_si512(row_bits<B, R>(from), mask)), ...);
}

template <int B>
inline void unpack_block(const std::uint8_t* block, std::uint32_t* words) {
  if constexpr (B == kMaxWidth)
    for (int i = 0; i < kBlockValues; i += kLanes)
      store(words + i, _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(block + i))));
  else
    unpack_rows<B>(block, words, AllRows());
}

template <int B>
inline __m512 level(const float* table, __m512i code) {
  if constexpr (B <= 4)
    return _mm512_permutexvar_ps(code, _mm512_loadu_ps(table));
  else if constexpr (B == 5)
    return _mm512_permutex2var_ps(_mm512_loadu_ps(table), code, _mm512_loadu_ps(table + kLanes));
  else
    return _mm512_i32gather_ps(code, table, 4);
}

template <int B, class Level>
inline void decode(const std::uint8_t* packed, std::int64_t n, float* out, const Level& level_of) {
  alignas(64) std::uint32_t words[kBlockValues];
  for (; n > 0; n -= kBlockValues, packed += 64 * B, out += kBlockValues) {
    unpack_block<B>(packed, words);
    for (int i = 0; i < kBlockValues; i += kLanes) _mm512_storeu_ps(out + i, level_of(load(words + i)));
  }
}

void lookup(const std::uint8_t* packed, std::int64_t n, int width, const float* table, float* out) {
  with_width(width, [&](auto b) {
    constexpr int kWidth = b.value;
    constexpr int kLevels = 1 << kWidth;
    const float* levels = table;
    float repeated[kLanes];  // a register of levels
    if constexpr (kLevels < kLanes) {
      for (int c = 0; c < kLanes; ++c) repeated[c] = table[c % kLevels];
      levels = repeated;
    }
    decode<kWidth>(packed, n, out, [levels](__m512i code) { return level<kWidth>(levels, code); });
  });
}

void arithmetic(const std::uint8_t* packed, std::int64_t n, const UniformQuantizer& q, float* out) {
  const __m512 step = _mm512_set1_ps(q.step), base = _mm512_set1_ps(q.base);
  with_width(q.width, [&](auto b) {
    decode<b.value>(packed, n, out,
                    [=](__m512i code) { return _mm512_fmadd_ps(_mm512_cvtepi32_ps(code), step, base); });
  });
}

}  // namespace

const TwoPass kAvx512TwoPass = {lookup, arithmetic};

}  // namespace packrat::bench
