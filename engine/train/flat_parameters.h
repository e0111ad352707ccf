#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace packrat {

class Crew;

/// All weights of a network, and their gradients, one after the other: an optimizer's step is then a handful
/// of passes over memory.
struct FlatParameters {
  at::Tensor weights;    ///< float32 [all weights]
  at::Tensor gradients;  ///< float32 [all weights], zero at first
};

/// Copies the parameters into one buffer; their data and grads become views of it.
FlatParameters flatten_parameters(std::vector<at::Tensor> parameters);

/// Sum of squares of `count` values, in an order that depends on `count` alone. The crew, where there is one,
/// takes parts of it.
double sum_of_squares(const float* values, std::int64_t count, Crew* crew = nullptr);

/// Calls body(begin, size) for the pieces of [0, count), `piece` values each but for the last, by the crew
/// where there is one.
void for_each_piece(Crew* crew, std::int64_t count, std::int64_t piece,
                    const std::function<void(std::int64_t begin, std::int64_t size)>& body);

/// What gradients of this norm are multiplied by to have at most the norm `limit`, as torch's clip_grad_norm_
/// does; a limit of 0 turns clipping off.
double clip_scale(double norm, double limit);

}  // namespace packrat
