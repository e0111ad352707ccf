#pragma once
#include <cstdint>
#include <vector>

#include "engine/studies/pretraining/wide.h"

namespace packrat {

// Batch norm, the residual sum and ReLU in one go over maps that lie position by position: rows [N, C], N =
// images x positions. T is float or BFloat; all arithmetic is float32, sums over blocks of rows are added up
// in float64.

/// Mean and biased variance of every channel.
struct ChannelMoments {
  std::vector<float> mean, variance;
};

template <typename T>
ChannelMoments channel_moments(const T* x, std::int64_t rows, std::int64_t channels);

/// y = x * scale + shift, + residual where it is not null, then max(., 0) when `relu`.
template <typename T>
void scale_and_shift(const T* x, const float* scale, const float* shift, const T* residual, bool relu,
                     std::int64_t rows, std::int64_t channels, T* y);

/// What goes into the derivative of a normalised map; see normalise_backward().
struct NormGradients {
  std::vector<float> gamma, beta;
};

/// The derivative of y = relu(gamma * (x - mean) / sqrt(variance + eps) + beta + residual), mean and variance
/// being those of x (Ioffe and Szegedy, ICML 2015). inverse_deviation: 1 / sqrt(variance + eps) by channel.
/// Writes dx, and the residual's gradient to `d_residual` where that is not null. `y` is looked at only when
/// `relu`.
template <typename T>
NormGradients normalise_backward(const T* dy, const T* x, const T* y, bool relu, const float* gamma,
                                 const float* mean, const float* inverse_deviation, std::int64_t rows,
                                 std::int64_t channels, T* dx, T* d_residual);

}  // namespace packrat
