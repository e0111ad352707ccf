#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

namespace packrat {

/// All weights of a network, and their gradients, one after the other: an optimizer's step is then a handful
/// of passes over memory.
struct FlatParameters {
  at::Tensor weights;    ///< float32 [all weights]
  at::Tensor gradients;  ///< float32 [all weights], zero at first
};

/// Copies the parameters into one buffer; their data and grads become views of it.
FlatParameters flatten_parameters(std::vector<at::Tensor> parameters);

/// Sum of squares of `count` values, in an order that depends on `count` alone.
double sum_of_squares(const float* values, std::int64_t count);

/// What gradients of this norm are multiplied by to have at most the norm `limit`, as torch's clip_grad_norm_
/// does; a limit of 0 turns clipping off.
double clip_scale(double norm, double limit);

}  // namespace packrat
