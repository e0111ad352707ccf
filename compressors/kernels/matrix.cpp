#include "compressors/kernels/matrix.h"

#include <algorithm>

#include "compressors/kernels/kernel_table.h"

namespace packrat::kernels {
namespace {

/// Calls panel(first column, its columns) for each panel.
template <class F>
void for_each_panel(std::int64_t columns, const F& panel) {
  for (std::int64_t first = 0; first < columns; first += kPanelColumns)
    panel(first, std::min(kPanelColumns, columns - first));
}

}  // namespace

void pack_panels(const float* b, std::int64_t row_step, std::int64_t column_step, std::int64_t rows,
                 std::int64_t columns, float* panels) {
  for_each_panel(columns, [&](std::int64_t first, std::int64_t width) {
    for (std::int64_t k = 0; k < rows; ++k)
      for (std::int64_t j = 0; j < width; ++j) *panels++ = b[k * row_step + (first + j) * column_step];
  });
}

void multiply_add(const OffsetMatrix& a, const float* b, std::int64_t columns, float* out,
                  std::int64_t stride) {
  const KernelTable& kernels = active_kernels();
  for_each_panel(columns, [&](std::int64_t first, std::int64_t width) {
    kernels.multiply_add(a, b + first * a.columns, width, out + first, stride);
  });
}

void multiply_add_panels(const OffsetMatrix& a, const float* b, std::int64_t columns, float* out) {
  const KernelTable& kernels = active_kernels();
  for_each_panel(columns, [&](std::int64_t first, std::int64_t width) {
    kernels.multiply_add(a, b + first * a.columns, width, out + first * a.rows, width);
  });
}

}  // namespace packrat::kernels
