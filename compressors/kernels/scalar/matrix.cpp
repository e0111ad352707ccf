// Matrix products in plain C++: the definition.
#include "compressors/kernels/scalar/scalar.h"

namespace packrat::kernels::scalar {
namespace {

/// W columns from `first` on, of all rows; as many sums as fit in registers.
template <int W>
void multiply_columns(const OffsetMatrix& a, const float* b, std::int64_t width, std::int64_t first,
                      float* out, std::int64_t stride) {
  for (std::int64_t i = 0; i < a.rows; ++i) {
    const float* const row = a.data + a.row[i];
    float sum[W];
    for (int j = 0; j < W; ++j) sum[j] = out[i * stride + first + j];
    for (std::int64_t k = 0; k < a.columns; ++k) {
      const float value = row[a.column[k]];
      for (int j = 0; j < W; ++j) sum[j] += value * b[k * width + first + j];
    }
    for (int j = 0; j < W; ++j) out[i * stride + first + j] = sum[j];
  }
}

}  // namespace

void multiply_add(const OffsetMatrix& a, const float* b, std::int64_t width, float* out,
                  std::int64_t stride) {
  std::int64_t first = 0;
  for (; first + 16 <= width; first += 16) multiply_columns<16>(a, b, width, first, out, stride);
  for (; first + 4 <= width; first += 4) multiply_columns<4>(a, b, width, first, out, stride);
  for (; first < width; ++first) multiply_columns<1>(a, b, width, first, out, stride);
}

}  // namespace packrat::kernels::scalar
