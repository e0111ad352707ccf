#pragma once
#include <cstdint>

namespace packrat::kernels {

// Products of float32 matrices. Every element is summed in the order of the inner index, each product and
// each sum rounded, whatever is coded with it: an image is coded to the same bits alone and in any batch, on
// every machine.

/// A matrix whose element (i, k) lies at data[row[i] + column[k]]. So an array, its transpose, and the
/// patches that a convolution looks at are all matrices, without a copy. Owns nothing.
struct OffsetMatrix {
  const float* data = nullptr;
  const std::int64_t* row = nullptr;     ///< [rows]
  const std::int64_t* column = nullptr;  ///< [columns]
  std::int64_t rows = 0, columns = 0;
};

/// The right factor, K x N, is kept in panels of 32 columns: panel p holds columns 32 p and up, K rows of 32
/// values (the last panel: of N mod 32, when that is not 0). K N values in all.
constexpr std::int64_t kPanelColumns = 32;

/// Copies a matrix, element (k, j) at b[k * row_step + j * column_step], into panels. Transposes with the
/// steps swapped.
void pack_panels(const float* b, std::int64_t row_step, std::int64_t column_step, std::int64_t rows,
                 std::int64_t columns, float* panels);

/// out(i, j) = (... ((out(i, j) + a(i, 0) b(0, j)) + a(i, 1) b(1, j)) + ...), for j < columns. b: in panels,
/// a.columns rows. out: row i at out + i * stride, stride >= columns. Allocates nothing and never throws;
/// buffers need no alignment and do not overlap.
void multiply_add(const OffsetMatrix& a, const float* b, std::int64_t columns, float* out,
                  std::int64_t stride);

/// The same with `out` in panels, too: what a gradient is added to lies as the weights do.
void multiply_add_panels(const OffsetMatrix& a, const float* b, std::int64_t columns, float* out);

}  // namespace packrat::kernels
