#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "engine/studies/sparsify/layer_shape.h"

namespace packrat {

/// What a layer maps with. Tensors that are not needed are undefined.
struct LinearMapWeights {
  at::Tensor mean;        ///< [outputs, inputs(, k, k)]; complex: [2, outputs, inputs(, k, k)]
  at::Tensor bias;        ///< [parts * outputs]
  at::Tensor log_sigma2;  ///< [outputs, inputs(, k, k)]: with it and noise, outputs are drawn
  at::Tensor
      mask;  ///< like log_sigma2, of 0 and 1: where it is 0 the mean, which must be 0, gets no gradient
};

/// The sizes of what a layer makes of `x`: [N, parts * outputs] or [N, parts * outputs, height, width].
std::vector<std::int64_t> output_sizes(const LayerShape& shape, const at::Tensor& x);

/// y = W x + b, or, with `noise` N(0, 1) in the form of the outputs, the draw y = W x + b + noise * deviation
/// of SparseLayer. Differentiable once, in x and all weights.
///
/// x: float32 [N, parts * inputs] or [N, parts * inputs, height, width]; of complex layers also real numbers,
/// [N, inputs] or [N, inputs, height, width], for half the work. `shape` must outlive the backward pass.
/// Convolutions are products with the matrix of their windows, a few images at a time: it stays in the cache,
/// and serves mean and variance. LibTorch's convolutions are made for more channels and smaller windows.
at::Tensor linear_map(const LayerShape& shape, const at::Tensor& x, const LinearMapWeights& weights,
                      const at::Tensor& noise);

}  // namespace packrat
