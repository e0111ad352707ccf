#include <cmath>

#include "bench/kernels/two_pass.h"
#include "compressors/kernels/scalar/v16.h"

namespace packrat::bench {
namespace {

using namespace kernels;

struct WordSink {
  std::uint32_t* words;
  void row(std::int64_t i, const std::uint32_t* code) const { std::memcpy(words + i, code, 4 * kLanes); }
  void one(std::int64_t i, std::uint32_t code) const { words[i] = code; }
};

template <class Level>
void decode(const std::uint8_t* packed, std::int64_t n, int width, float* out, const Level& level) {
  std::uint32_t words[kBlockValues];
  for (; n > 0; n -= kBlockValues, packed += 64 * width, out += kBlockValues) {
    with_width(width, [&](auto b) { unpack_to<b.value>(packed, kBlockValues, WordSink{words}); });
    for (int i = 0; i < kBlockValues; ++i) out[i] = level(words[i]);
  }
}

void lookup(const std::uint8_t* packed, std::int64_t n, int width, const float* table, float* out) {
  decode(packed, n, width, out, [table](std::uint32_t code) { return table[code]; });
}

// Without an instruction for it, fma() is a call: the level's table is the quick way here, too.
void arithmetic(const std::uint8_t* packed, std::int64_t n, const UniformQuantizer& q, float* out) {
  float table[1 << kMaxWidth];
  fill_levels(q, table);
  lookup(packed, n, q.width, table, out);
}

}  // namespace

const TwoPass kScalarTwoPass = {lookup, arithmetic};

}  // namespace packrat::bench
