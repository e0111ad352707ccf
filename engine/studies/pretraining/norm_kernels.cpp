#include "engine/studies/pretraining/norm_kernels.h"

#include <algorithm>

namespace packrat {
namespace {

constexpr std::int64_t kBlockRows = 64;

// The loops below are written once, as inline templates, and compiled for every instruction set through the
// marked functions that call them.

template <typename T>
inline __attribute__((always_inline)) void add_moments(const T* x, std::int64_t rows, std::int64_t channels,
                                                       float* sum, float* squares) {
  for (std::int64_t r = 0; r < rows; ++r, x += channels)
    for (std::int64_t c = 0; c < channels; ++c) {
      const float value = to_float(x[c]);
      sum[c] += value;
      squares[c] += value * value;
    }
}

template <typename T, bool kResidual, bool kRelu>
inline __attribute__((always_inline)) void transform(const T* x, const float* scale, const float* shift,
                                                     const T* residual, std::int64_t rows,
                                                     std::int64_t channels, T* y) {
  for (std::int64_t r = 0; r < rows; ++r, x += channels, y += channels) {
    for (std::int64_t c = 0; c < channels; ++c) {
      float value = to_float(x[c]) * scale[c] + shift[c];
      if constexpr (kResidual) value += to_float(residual[c]);
      if constexpr (kRelu) value = value > 0.0f ? value : value != value ? value : 0.0f;  // NaN must be seen
      from_float(value, y[c]);
    }
    if constexpr (kResidual) residual += channels;
  }
}

template <typename T, bool kRelu>
inline __attribute__((always_inline)) void add_gradient_sums(const T* dy, const T* x, const T* y,
                                                             const float* mean, std::int64_t rows,
                                                             std::int64_t channels, float* sum,
                                                             float* products) {
  for (std::int64_t r = 0; r < rows; ++r, dy += channels, x += channels) {
    for (std::int64_t c = 0; c < channels; ++c) {
      float g = to_float(dy[c]);
      if constexpr (kRelu) g = to_float(y[c]) > 0.0f ? g : 0.0f;
      sum[c] += g;
      products[c] += g * (to_float(x[c]) - mean[c]);
    }
    if constexpr (kRelu) y += channels;
  }
}

// dx = a * g + b * x + c by channel; d_residual = g.
template <typename T, bool kRelu, bool kResidual>
inline __attribute__((always_inline)) void spread_gradient(const T* dy, const T* x, const T* y,
                                                           const float* a, const float* b,
                                                           const float* constant, std::int64_t rows,
                                                           std::int64_t channels, T* dx, T* d_residual) {
  for (std::int64_t r = 0; r < rows; ++r, dy += channels, x += channels, dx += channels) {
    for (std::int64_t c = 0; c < channels; ++c) {
      float g = to_float(dy[c]);
      if constexpr (kRelu) g = to_float(y[c]) > 0.0f ? g : 0.0f;
      from_float(a[c] * g + b[c] * to_float(x[c]) + constant[c], dx[c]);
      if constexpr (kResidual) from_float(g, d_residual[c]);
    }
    if constexpr (kRelu) y += channels;
    if constexpr (kResidual) d_residual += channels;
  }
}

#define PACKRAT_NORM_KERNELS(T)                                                                              \
  PACKRAT_WIDE void moments_of(const T* x, std::int64_t rows, std::int64_t channels, float* sum,             \
                               float* squares) {                                                             \
    add_moments(x, rows, channels, sum, squares);                                                            \
  }                                                                                                          \
  PACKRAT_WIDE void transform_rows(const T* x, const float* scale, const float* shift, const T* residual,    \
                                   bool relu, std::int64_t rows, std::int64_t channels, T* y) {              \
    if (residual != nullptr && relu)                                                                         \
      return transform<T, true, true>(x, scale, shift, residual, rows, channels, y);                         \
    if (residual != nullptr) return transform<T, true, false>(x, scale, shift, residual, rows, channels, y); \
    if (relu) return transform<T, false, true>(x, scale, shift, residual, rows, channels, y);                \
    transform<T, false, false>(x, scale, shift, residual, rows, channels, y);                                \
  }                                                                                                          \
  PACKRAT_WIDE void gradient_sums_of(const T* dy, const T* x, const T* y, bool relu, const float* mean,      \
                                     std::int64_t rows, std::int64_t channels, float* sum,                   \
                                     float* products) {                                                      \
    if (relu) return add_gradient_sums<T, true>(dy, x, y, mean, rows, channels, sum, products);              \
    add_gradient_sums<T, false>(dy, x, y, mean, rows, channels, sum, products);                              \
  }                                                                                                          \
  PACKRAT_WIDE void spread_rows(const T* dy, const T* x, const T* y, bool relu, const float* a,              \
                                const float* b, const float* constant, std::int64_t rows,                    \
                                std::int64_t channels, T* dx, T* d_residual) {                               \
    if (relu && d_residual != nullptr)                                                                       \
      return spread_gradient<T, true, true>(dy, x, y, a, b, constant, rows, channels, dx, d_residual);       \
    if (relu)                                                                                                \
      return spread_gradient<T, true, false>(dy, x, y, a, b, constant, rows, channels, dx, d_residual);      \
    if (d_residual != nullptr)                                                                               \
      return spread_gradient<T, false, true>(dy, x, y, a, b, constant, rows, channels, dx, d_residual);      \
    spread_gradient<T, false, false>(dy, x, y, a, b, constant, rows, channels, dx, d_residual);              \
  }
PACKRAT_NORM_KERNELS(float)
PACKRAT_NORM_KERNELS(BFloat)
#undef PACKRAT_NORM_KERNELS

/// Calls add(first, count, sum, products) for blocks of rows, each with fresh float32 sums, and adds those
/// up.
template <typename Add>
void sum_in_blocks(std::int64_t rows, std::int64_t channels, std::vector<double>& sums,
                   std::vector<double>& products, const Add& add) {
  const auto width = static_cast<std::size_t>(channels);
  sums.assign(width, 0);
  products.assign(width, 0);
  std::vector<float> block(2 * width);
  for (std::int64_t first = 0; first < rows; first += kBlockRows) {
    std::fill(block.begin(), block.end(), 0.0f);
    add(first, std::min(kBlockRows, rows - first), block.data(), block.data() + width);
    for (std::size_t c = 0; c < width; ++c) {
      sums[c] += block[c];
      products[c] += block[width + c];
    }
  }
}

}  // namespace

template <typename T>
ChannelMoments channel_moments(const T* x, std::int64_t rows, std::int64_t channels) {
  std::vector<double> sums, squares;
  sum_in_blocks(rows, channels, sums, squares,
                [&](std::int64_t first, std::int64_t count, float* s, float* q) {
                  moments_of(x + first * channels, count, channels, s, q);
                });
  ChannelMoments moments;
  const auto n = static_cast<double>(rows);
  for (std::size_t c = 0; c < sums.size(); ++c) {
    const double mean = sums[c] / n;
    moments.mean.push_back(static_cast<float>(mean));
    moments.variance.push_back(static_cast<float>(std::max(0.0, squares[c] / n - mean * mean)));
  }
  return moments;
}

template <typename T>
void scale_and_shift(const T* x, const float* scale, const float* shift, const T* residual, bool relu,
                     std::int64_t rows, std::int64_t channels, T* y) {
  transform_rows(x, scale, shift, residual, relu, rows, channels, y);
}

template <typename T>
NormGradients normalise_backward(const T* dy, const T* x, const T* y, bool relu, const float* gamma,
                                 const float* mean, const float* inverse_deviation, std::int64_t rows,
                                 std::int64_t channels, T* dx, T* d_residual) {
  std::vector<double> sums, products;
  sum_in_blocks(
      rows, channels, sums, products, [&](std::int64_t first, std::int64_t count, float* s, float* p) {
        const std::int64_t at = first * channels;
        gradient_sums_of(dy + at, x + at, relu ? y + at : nullptr, relu, mean, count, channels, s, p);
      });
  const auto width = static_cast<std::size_t>(channels);
  const auto n = static_cast<double>(rows);
  NormGradients gradients;
  // dx = gamma / deviation * (g - sum(g)/n - (x - mean) * sum(g (x - mean)) / (n * variance))
  std::vector<float> a(width), b(width), constant(width);
  for (std::size_t c = 0; c < width; ++c) {
    const double inverse = inverse_deviation[c], slope = gamma[c] * inverse;
    const double pull = slope * products[c] * inverse * inverse / n;
    a[c] = static_cast<float>(slope);
    b[c] = static_cast<float>(-pull);
    constant[c] = static_cast<float>(pull * mean[c] - slope * sums[c] / n);
    gradients.gamma.push_back(static_cast<float>(products[c] * inverse));
    gradients.beta.push_back(static_cast<float>(sums[c]));
  }
  spread_rows(dy, x, y, relu, a.data(), b.data(), constant.data(), rows, channels, dx, d_residual);
  return gradients;
}

#define PACKRAT_INSTANTIATE(T)                                                                             \
  template ChannelMoments channel_moments<T>(const T*, std::int64_t, std::int64_t);                        \
  template void scale_and_shift<T>(const T*, const float*, const float*, const T*, bool, std::int64_t,     \
                                   std::int64_t, T*);                                                      \
  template NormGradients normalise_backward<T>(const T*, const T*, const T*, bool, const float*,           \
                                               const float*, const float*, std::int64_t, std::int64_t, T*, \
                                               T*);
PACKRAT_INSTANTIATE(float)
PACKRAT_INSTANTIATE(BFloat)
#undef PACKRAT_INSTANTIATE

}  // namespace packrat
