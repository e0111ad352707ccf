#include "engine/studies/sparsify/flat_adam.h"

#include <ATen/ATen.h>

#include <cmath>

#include "engine/core/vector_clones.h"

namespace packrat {
namespace {

struct AdamStep {
  float scale;  ///< of the gradients: clipping
  float beta1, beta2, epsilon;
  float rate;             ///< learning rate over the first moment's bias correction
  float root_correction;  ///< square root of the second moment's
};

PACKRAT_VECTOR_CLONES void update(float* __restrict w, const float* __restrict gradient,
                                  float* __restrict first, float* __restrict second, std::int64_t count,
                                  const AdamStep& s) {
  const AdamStep step = s;
  for (std::int64_t i = 0; i < count; ++i) {
    const float g = gradient[i] * step.scale;
    first[i] = step.beta1 * first[i] + (1.0F - step.beta1) * g;
    second[i] = step.beta2 * second[i] + (1.0F - step.beta2) * (g * g);
    w[i] -= step.rate * (first[i] / (std::sqrt(second[i]) / step.root_correction + step.epsilon));
  }
}

}  // namespace

FlatAdam::FlatAdam(const std::vector<std::vector<at::Tensor>>& groups, AdamOptions options)
    : options_(options) {
  for (const std::vector<at::Tensor>& parameters : groups) {
    Group group;
    group.flat = flatten_parameters(parameters);
    group.first = at::zeros_like(group.flat.weights);
    group.second = at::zeros_like(group.flat.weights);
    groups_.push_back(std::move(group));
  }
}

void FlatAdam::zero_grad() {
  for (Group& group : groups_) group.flat.gradients.zero_();
}

double FlatAdam::step(double lr) {
  double squares = 0;
  for (const Group& group : groups_)
    squares += sum_of_squares(group.flat.gradients.data_ptr<float>(), group.flat.gradients.numel());
  const double norm = std::sqrt(squares);
  for (Group& group : groups_) {
    const auto steps = static_cast<double>(++group.steps);
    AdamStep step{};
    step.scale = static_cast<float>(clip_scale(norm, options_.clip_norm));
    step.beta1 = static_cast<float>(options_.beta1);
    step.beta2 = static_cast<float>(options_.beta2);
    step.epsilon = static_cast<float>(options_.epsilon);
    step.rate = static_cast<float>(lr / (1 - std::pow(options_.beta1, steps)));
    step.root_correction = static_cast<float>(std::sqrt(1 - std::pow(options_.beta2, steps)));
    update(group.flat.weights.data_ptr<float>(), group.flat.gradients.data_ptr<float>(),
           group.first.data_ptr<float>(), group.second.data_ptr<float>(), group.flat.weights.numel(), step);
  }
  return norm;
}

void FlatAdam::hand_over(std::size_t index, const Group& from) {
  Group& to = groups_.at(index);
  to.first.copy_(from.first);
  to.second.copy_(from.second);
  to.steps = from.steps;
}

}  // namespace packrat
