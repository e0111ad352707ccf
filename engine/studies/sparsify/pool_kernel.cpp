#include "engine/studies/sparsify/pool_kernel.h"

#include <algorithm>

#include "engine/core/vector_clones.h"

namespace packrat {
namespace {

PACKRAT_VECTOR_CLONES void add_relu_sums(const float* in, std::int64_t outputs, std::int64_t side,
                                         float share, float* __restrict out) {
  if (side == 2) {  // the usual case, which becomes vectors
    for (std::int64_t x = 0; x < outputs; ++x)
      out[x] += share * (std::max(in[2 * x], 0.0F) + std::max(in[2 * x + 1], 0.0F));
    return;
  }
  for (std::int64_t x = 0; x < outputs; ++x)
    for (std::int64_t i = 0; i < side; ++i) out[x] += share * std::max(in[x * side + i], 0.0F);
}

PACKRAT_VECTOR_CLONES void spread(const float* in, const float* by_out, std::int64_t outputs,
                                  std::int64_t side, float share, float* __restrict by_in) {
  if (side == 2) {
    for (std::int64_t x = 0; x < outputs; ++x) {
      const float each = share * by_out[x];
      by_in[2 * x] = in[2 * x] > 0.0F ? each : 0.0F;
      by_in[2 * x + 1] = in[2 * x + 1] > 0.0F ? each : 0.0F;
    }
    return;
  }
  for (std::int64_t x = 0; x < outputs; ++x)
    for (std::int64_t i = 0; i < side; ++i)
      by_in[x * side + i] = in[x * side + i] > 0.0F ? share * by_out[x] : 0.0F;
}

float share_of(const PoolPlanes& planes) {
  return 1.0F / static_cast<float>(planes.side * planes.side);
}

}  // namespace

void pool_relu(const PoolPlanes& planes, const float* in, float* out) {
  const std::int64_t rows = planes.height / planes.side, columns = planes.width / planes.side;
  std::fill(out, out + planes.count * rows * columns, 0.0F);
  for (std::int64_t plane = 0; plane < planes.count; ++plane, in += planes.height * planes.width)
    for (std::int64_t y = 0; y < rows; ++y, out += columns)
      for (std::int64_t i = 0; i < planes.side; ++i)
        add_relu_sums(in + (y * planes.side + i) * planes.width, columns, planes.side, share_of(planes), out);
}

void pool_relu_gradient(const PoolPlanes& planes, const float* in, const float* by_out, float* by_in) {
  const std::int64_t rows = planes.height / planes.side, columns = planes.width / planes.side;
  for (std::int64_t plane = 0; plane < planes.count; ++plane) {
    for (std::int64_t y = 0; y < rows; ++y, by_out += columns)
      for (std::int64_t i = 0; i < planes.side; ++i) {
        const std::int64_t row = (y * planes.side + i) * planes.width;
        spread(in + row, by_out, columns, planes.side, share_of(planes), by_in + row);
      }
    in += planes.height * planes.width;
    by_in += planes.height * planes.width;
  }
}

}  // namespace packrat
