#pragma once
#include "compressors/kernels/avx512/walk.h"

// Matrix products: a few rows by up to 32 columns are summed in registers, over as many inner indices as keep
// that part of the right factor in the first cache. Sums pass through memory in between, which changes no
// bit.

namespace packrat::kernels::avx512 {
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

/// R rows from row i on by C vectors of columns, inner indices begin .. end.
template <int R, int C>
inline void multiply_tile(const Product& p, const __mmask16 (&lanes)[2], std::int64_t i, std::int64_t begin,
                          std::int64_t end) {
  const float* row[R];
  __m512 sum[R][C];
  for (int r = 0; r < R; ++r) {
    row[r] = p.a.data + p.a.row[i + r];
    for (int c = 0; c < C; ++c)
      sum[r][c] = _mm512_maskz_loadu_ps(lanes[c], p.out + (i + r) * p.stride + c * kLanes);
  }
  for (std::int64_t k = begin; k < end; ++k) {
    const std::int64_t at = p.a.column[k];
    __m512 factor[C];
    for (int c = 0; c < C; ++c) factor[c] = _mm512_maskz_loadu_ps(lanes[c], p.b + k * p.width + c * kLanes);
    for (int r = 0; r < R; ++r) {
      const __m512 value = _mm512_set1_ps(row[r][at]);
      for (int c = 0; c < C; ++c) sum[r][c] = _mm512_add_ps(sum[r][c], _mm512_mul_ps(value, factor[c]));
    }
  }
  for (int r = 0; r < R; ++r)
    for (int c = 0; c < C; ++c)
      _mm512_mask_storeu_ps(p.out + (i + r) * p.stride + c * kLanes, lanes[c], sum[r][c]);
}

/// All rows.
template <int C>
inline void multiply_rows(const Product& p, const __mmask16 (&lanes)[2], std::int64_t begin,
                          std::int64_t end) {
  constexpr int kRows = 8;
  std::int64_t i = 0;
  for (; i + kRows <= p.a.rows; i += kRows) multiply_tile<kRows, C>(p, lanes, i, begin, end);
  for (; i + 4 <= p.a.rows; i += 4) multiply_tile<4, C>(p, lanes, i, begin, end);
  for (; i < p.a.rows; ++i) multiply_tile<1, C>(p, lanes, i, begin, end);
}

void multiply_add(const OffsetMatrix& a, const float* b, std::int64_t width, float* out,
                  std::int64_t stride) {
  const Product p{a, b, width, out, stride};
  const bool two = width > kLanes;
  const __mmask16 lanes[2] = {first_lanes(two ? kLanes : width), first_lanes(two ? width - kLanes : kLanes)};
  for (std::int64_t begin = 0; begin < a.columns; begin += kInner) {
    const std::int64_t end = a.columns - begin < kInner ? a.columns : begin + kInner;
    if (two)
      multiply_rows<2>(p, lanes, begin, end);
    else
      multiply_rows<1>(p, lanes, begin, end);
  }
}

}  // namespace
}  // namespace packrat::kernels::avx512
