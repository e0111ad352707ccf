// Matrix products in plain C++: the definition.
#include "compressors/kernels/scalar/scalar.h"

namespace packrat::kernels::scalar {

void multiply_add(const OffsetMatrix& a, const float* b, std::int64_t width, float* out,
                  std::int64_t stride) {
  for (std::int64_t i = 0; i < a.rows; ++i) {
    const float* const row = a.data + a.row[i];
    float sum[kPanelColumns];
    for (std::int64_t j = 0; j < width; ++j) sum[j] = out[i * stride + j];
    for (std::int64_t k = 0; k < a.columns; ++k) {
      const float value = row[a.column[k]];
      const float* const from = b + k * width;
      for (std::int64_t j = 0; j < width; ++j) sum[j] += value * from[j];
    }
    for (std::int64_t j = 0; j < width; ++j) out[i * stride + j] = sum[j];
  }
}

}  // namespace packrat::kernels::scalar
