#include "engine/studies/sparsify/windows.h"

#include <algorithm>
#include <cstring>

namespace packrat {
namespace {

/// The part of a row of outputs whose windows meet the image at offset `x`: [begin, end).
struct Span {
  std::int64_t begin, end;
};

Span inside(const Windows& w, std::int64_t x) {
  const std::int64_t first = x * w.dilation - w.padding;  // where output 0 reads
  const std::int64_t begin = first < 0 ? (-first + w.stride - 1) / w.stride : 0;
  const std::int64_t end = first < w.width ? (w.width - first + w.stride - 1) / w.stride : 0;
  const std::int64_t last = std::clamp<std::int64_t>(end, 0, w.out_width());
  return {std::min(begin, last), last};
}

/// Calls row(span, values of the image that the span begins with or null when all is padding, row of the
/// matrix) for every row of outputs in every row of the matrix.
template <typename Image, typename Matrix, typename Row>
inline void for_each_row(const Windows& w, Image* image, Matrix* matrix, std::int64_t row_step,
                         const Row& row) {
  const std::int64_t out_height = w.out_height(), out_width = w.out_width();
  for (std::int64_t c = 0; c < w.channels; ++c, image += w.height * w.width)
    for (std::int64_t y = 0; y < w.kernel; ++y)
      for (std::int64_t x = 0; x < w.kernel; ++x) {
        const Span span = inside(w, x);
        Matrix* to = matrix;
        matrix += row_step;
        for (std::int64_t out = 0; out < out_height; ++out, to += out_width) {
          const std::int64_t line = out * w.stride + y * w.dilation - w.padding;
          const bool there = line >= 0 && line < w.height && span.begin < span.end;
          row(span,
              there ? image + line * w.width + span.begin * w.stride + x * w.dilation - w.padding : nullptr,
              to);
        }
      }
}

/// Rows are short: a call of memcpy would take longer than the copy.
inline void copy_row(const float* from, std::int64_t count, float* to) {
  constexpr std::int64_t kOnce = 8;
  for (; count >= kOnce; count -= kOnce, from += kOnce, to += kOnce)
    std::memcpy(to, from, kOnce * sizeof(float));
  for (; count > 0; --count) *to++ = *from++;
}

}  // namespace

void gather_windows(const Windows& windows, const float* image, float* matrix, std::int64_t row_step) {
  const std::int64_t out_width = windows.out_width(), stride = windows.stride;
  for_each_row(windows, image, matrix, row_step, [&](Span span, const float* from, float* to) {
    if (from == nullptr) return std::fill(to, to + out_width, 0.0F);
    std::fill(to, to + span.begin, 0.0F);
    if (stride == 1)
      copy_row(from, span.end - span.begin, to + span.begin);
    else
      for (std::int64_t i = span.begin; i < span.end; ++i, from += stride) to[i] = *from;
    std::fill(to + span.end, to + out_width, 0.0F);
  });
}

void scatter_windows(const Windows& windows, const float* matrix, std::int64_t row_step, float* image) {
  const std::int64_t stride = windows.stride;
  for_each_row(windows, image, matrix, row_step, [&](Span span, float* to, const float* from) {
    if (to == nullptr) return;
    for (std::int64_t i = span.begin; i < span.end; ++i, to += stride) *to += from[i];
  });
}

}  // namespace packrat
