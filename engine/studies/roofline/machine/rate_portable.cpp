#include "engine/studies/roofline/machine/rate_loop.h"
#include "engine/studies/roofline/machine/rate_tables.h"

namespace packrat::machine {
namespace {

bool always() {
  return true;
}

// Vectors of sixteen bytes, which every 64-bit CPU has, in the compiler's own notation. x <- 1 x + 1, where
// the compiler does not know the ones.
using Floats = float __attribute__((vector_size(16)));

double run_float(std::int64_t rounds) {
  Floats one = {1, 1, 1, 1};
  hide(one);
  const Floats factor = one;
  hide(one);
  return run_rounds<float>(rounds, Floats{}, [&](Floats& sum) { sum = sum * factor + one; });
}

// The others multiply small arrays that stay in the first cache, and leave the vectors to the compiler.
constexpr std::int64_t kValues = 256, kLanes = 16;

double run_bfloat(std::int64_t rounds) {
  std::uint16_t a[kValues];
  for (std::uint16_t& one : a) one = 0x3f80;
  float sum[kLanes] = {};
  for (std::int64_t round = 0; round < rounds; ++round) {
    hide(a);
    for (std::int64_t i = 0; i < kValues; i += kLanes)
      for (std::int64_t l = 0; l < kLanes; ++l) {
        const std::uint32_t bits = std::uint32_t{a[i + l]} << 16;
        float value;
        std::memcpy(&value, &bits, sizeof value);
        sum[l] += value * value;
      }
  }
  return element_sum<float>(sum);
}

double run_int(std::int64_t rounds) {
  std::int8_t a[kValues], b[kValues];
  for (std::int8_t& value : a) value = 3;
  for (std::int8_t& value : b) value = -2;
  double sum = 0;
  for (std::int64_t round = 0; round < rounds; ++round) {
    hide(a), hide(b);
    std::int32_t part = 0;
    for (int i = 0; i < kValues; ++i) part += a[i] * b[i];
    sum += part;
  }
  return sum / -6;
}

}  // namespace

const RateKernel kPortableRates[3] = {
    {Precision::kFp32, "portable loop", always, kSums * 4, run_float},
    {Precision::kBf16, "portable loop, widened to float32", always, kValues, run_bfloat},
    {Precision::kInt8, "portable loop", always, kValues, run_int}};

}  // namespace packrat::machine
