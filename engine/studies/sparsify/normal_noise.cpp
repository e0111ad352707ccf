#include "engine/studies/sparsify/normal_noise.h"

#include <algorithm>
#include <cmath>

#include "engine/core/rng.h"
#include "engine/core/vector_clones.h"
#include "engine/studies/sparsify/vector_math.h"

namespace packrat {
namespace {

constexpr int kStreams = 16, kDraw = 2 * kStreams;

/// The state of all streams: word w of stream i at word[w][i].
struct Streams {
  std::uint32_t word[4][kStreams];
};

PACKRAT_VECTOR_INLINE std::uint32_t rotate(std::uint32_t x, int by) {
  return (x << by) | (x >> (32 - by));
}

PACKRAT_VECTOR_INLINE std::uint32_t next(Streams& s, int i) {
  std::uint32_t(&w)[4][kStreams] = s.word;
  const std::uint32_t result = rotate(w[0][i] + w[3][i], 7) + w[0][i], shifted = w[1][i] << 9;
  w[2][i] ^= w[0][i];
  w[3][i] ^= w[1][i];
  w[1][i] ^= w[2][i];
  w[0][i] ^= w[3][i];
  w[2][i] ^= shifted;
  w[3][i] = rotate(w[3][i], 11);
  return result;
}

/// The upper 24 bits as a fraction of 2^24.
PACKRAT_VECTOR_INLINE float fraction(std::uint32_t bits) {
  return static_cast<float>(static_cast<std::int32_t>(bits >> 8)) * 0x1p-24F;
}

PACKRAT_VECTOR_CLONES void draw(Streams& streams, std::int64_t draws, float* out) {
  Streams s = streams;
  for (; draws > 0; --draws, out += kDraw)
    for (int i = 0; i < kStreams; ++i) {
      const float radius = std::sqrt(-2.0F * fast_log(1.0F - fraction(next(s, i))));
      const SinCos angle = fast_sincos_turns(fraction(next(s, i)));
      out[i] = radius * angle.cos;
      out[kStreams + i] = radius * angle.sin;
    }
  streams = s;
}

}  // namespace

void fill_normal(std::uint64_t seed, float* out, std::int64_t count) {
  Streams streams;
  Rng rng(seed);
  for (auto& words : streams.word)
    for (std::uint32_t& word : words) word = static_cast<std::uint32_t>(rng.next() >> 32);
  const std::int64_t whole = count / kDraw, rest = count % kDraw;
  draw(streams, whole, out);
  float last[kDraw];
  draw(streams, 1, last);
  std::copy(last, last + rest, out + whole * kDraw);
}

}  // namespace packrat
