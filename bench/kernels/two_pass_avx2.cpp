#include "bench/kernels/two_pass.h"
#include "compressors/kernels/avx2/walk.h"

namespace packrat::bench {
namespace {

using namespace kernels;
using namespace kernels::avx2;

template <int B, int... R>
inline void unpack_half_block(const std::uint8_t* block, std::uint32_t* words,
                              std::integer_sequence<int, R...>) {
  const BlockWords<B> from(block);
  const __m256i mask = _mm256_set1_epi32((1 << B) - 1);
  (store(words + kLanes * R, _mm256_and_si256(row_bits<B, R>(from), mask)), ...);
}

template <int B>
inline void unpack_block(const std::uint8_t* block, std::uint32_t* words) {
  if constexpr (B == kMaxWidth)
    for (int i = 0; i < kBlockValues; i += kHalf)
      store(words + i, _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(block + i))));
  else
    for (int half = 0; half < 2; ++half)
      unpack_half_block<B>(block + 32 * half, words + kHalf * half, AllRows());
}

template <int B>
inline __m256 level(const float* table, __m256i code) {
  if constexpr (B <= 2) {
    return _mm256_permutevar_ps(_mm256_loadu_ps(table), code);
  } else if constexpr (B == 3) {
    return _mm256_permutevar8x32_ps(_mm256_loadu_ps(table), code);
  } else if constexpr (B == 4) {
    const __m256 lower = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table), code);
    const __m256 upper = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table + kHalf), code);
    return _mm256_blendv_ps(lower, upper, _mm256_castsi256_ps(_mm256_slli_epi32(code, 28)));
  } else {
    return _mm256_i32gather_ps(table, code, 4);
  }
}

template <int B, class Level>
inline void decode(const std::uint8_t* packed, std::int64_t n, float* out, const Level& level_of) {
  alignas(32) std::uint32_t words[kBlockValues];
  for (; n > 0; n -= kBlockValues, packed += 64 * B, out += kBlockValues) {
    unpack_block<B>(packed, words);
    for (int i = 0; i < kBlockValues; i += kHalf) _mm256_storeu_ps(out + i, level_of(load(words + i)));
  }
}

void lookup(const std::uint8_t* packed, std::int64_t n, int width, const float* table, float* out) {
  with_width(width, [&](auto b) {
    constexpr int kWidth = b.value;
    constexpr int kLevels = 1 << kWidth;
    const float* levels = table;
    float repeated[kHalf];  // a register of levels
    if constexpr (kLevels < kHalf) {
      for (int c = 0; c < kHalf; ++c) repeated[c] = table[c % kLevels];
      levels = repeated;
    }
    decode<kWidth>(packed, n, out, [levels](__m256i code) { return level<kWidth>(levels, code); });
  });
}

void arithmetic(const std::uint8_t* packed, std::int64_t n, const UniformQuantizer& q, float* out) {
  const __m256 step = _mm256_set1_ps(q.step), base = _mm256_set1_ps(q.base);
  with_width(q.width, [&](auto b) {
    decode<b.value>(packed, n, out,
                    [=](__m256i code) { return _mm256_fmadd_ps(_mm256_cvtepi32_ps(code), step, base); });
  });
}

}  // namespace

const TwoPass kAvx2TwoPass = {lookup, arithmetic};

}  // namespace packrat::bench
