#pragma once
#include "compressors/kernels/avx2/walk.h"

// Matrix products: a few rows by up to 16 columns are summed in registers, over as many inner indices as keep
// that part of the right factor in the first cache. Sums pass through memory in between, which changes no
// bit.

namespace packrat::kernels::avx2 {
namespace {

constexpr std::int64_t kInner = 128;

/// One panel of the right factor, and where its product goes.
struct Product {
  const OffsetMatrix& a;
  const float* b;
  std::int64_t width;
  float* out;
  std::int64_t stride;
};

/// The up to 8 columns from `first` on, of `width`.
struct Columns {
  Columns(std::int64_t first, std::int64_t width)
      : at(first), full(width - first >= kHalf), lanes(first_lanes(width - first)) {}
  __m256 load(const float* from) const {
    return full ? _mm256_loadu_ps(from + at) : _mm256_maskload_ps(from + at, lanes);
  }
  void store(float* to, __m256 value) const {
    if (full)
      _mm256_storeu_ps(to + at, value);
    else
      _mm256_maskstore_ps(to + at, lanes, value);
  }
  std::int64_t at;
  bool full;
  __m256i lanes;
};

/// R rows from row i on by C vectors of columns, inner indices begin .. end.
template <int R, int C, bool Full>
inline void multiply_tile(const Product& p, const Columns (&columns)[2], std::int64_t i, std::int64_t begin,
                          std::int64_t end) {
  const float* row[R];
  __m256 sum[R][C];
  for (int r = 0; r < R; ++r) {
    row[r] = p.a.data + p.a.row[i + r];
    for (int c = 0; c < C; ++c) sum[r][c] = columns[c].load(p.out + (i + r) * p.stride);
  }
  for (std::int64_t k = begin; k < end; ++k) {
    const std::int64_t at = p.a.column[k];
    __m256 factor[C];
    for (int c = 0; c < C; ++c)
      factor[c] =
          Full ? _mm256_loadu_ps(p.b + k * p.width + columns[c].at) : columns[c].load(p.b + k * p.width);
    for (int r = 0; r < R; ++r) {
      const __m256 value = _mm256_broadcast_ss(row[r] + at);
      for (int c = 0; c < C; ++c) sum[r][c] = _mm256_add_ps(sum[r][c], _mm256_mul_ps(value, factor[c]));
    }
  }
  for (int r = 0; r < R; ++r)
    for (int c = 0; c < C; ++c) columns[c].store(p.out + (i + r) * p.stride, sum[r][c]);
}

/// All rows.
template <int C, bool Full>
inline void multiply_columns(const Product& p, const Columns (&columns)[2], std::int64_t begin,
                             std::int64_t end) {
  constexpr int kRows = C == 2 ? 6 : 8;
  std::int64_t i = 0;
  for (; i + kRows <= p.a.rows; i += kRows) multiply_tile<kRows, C, Full>(p, columns, i, begin, end);
  for (; i + 4 <= p.a.rows; i += 4) multiply_tile<4, C, Full>(p, columns, i, begin, end);
  for (; i < p.a.rows; ++i) multiply_tile<1, C, Full>(p, columns, i, begin, end);
}

void multiply_add(const OffsetMatrix& a, const float* b, std::int64_t width, float* out,
                  std::int64_t stride) {
  const Product p{a, b, width, out, stride};
  for (std::int64_t begin = 0; begin < a.columns; begin += kInner) {
    const std::int64_t end = a.columns - begin < kInner ? a.columns : begin + kInner;
    for (std::int64_t first = 0; first < width; first += 2 * kHalf) {
      const Columns columns[2] = {{first, width}, {first + kHalf, width}};
      if (columns[1].full)
        multiply_columns<2, true>(p, columns, begin, end);
      else if (width - first > kHalf)
        multiply_columns<2, false>(p, columns, begin, end);
      else if (columns[0].full)
        multiply_columns<1, true>(p, columns, begin, end);
      else
        multiply_columns<1, false>(p, columns, begin, end);
    }
  }
}

}  // namespace
}  // namespace packrat::kernels::avx2
