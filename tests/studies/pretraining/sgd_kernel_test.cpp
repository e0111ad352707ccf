#include "engine/studies/pretraining/sgd_kernel.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/optim/sgd.h>

namespace packrat {
namespace {

constexpr std::int64_t kValues = 2500;  // two whole pieces and a ragged one
constexpr int kSteps = 4;

/// A weight tensor under torch::optim::SGD with Nesterov momentum, in float64.
class Reference {
 public:
  Reference(const at::Tensor& weights, const SgdStep& step)
      : weights_(weights.to(at::kDouble).clone().requires_grad_(true)),
        sgd_({weights_}, torch::optim::SGDOptions(step.lr)
                             .momentum(step.momentum)
                             .weight_decay(step.weight_decay)
                             .nesterov(step.momentum > 0)) {}
  void step(const at::Tensor& gradient) {
    weights_.mutable_grad() = gradient.to(at::kDouble);
    sgd_.step();
  }
  at::Tensor weights() const { return weights_.detach(); }

 private:
  at::Tensor weights_;
  torch::optim::SGD sgd_;
};

/// Our weights under gradients of `parts` parts of a batch, against LibTorch's under their mean.
template <typename T>
void expect_steps_like_libtorch(at::ScalarType type, int parts, const SgdStep& step) {
  at::manual_seed(parts);
  const at::Tensor weights = at::randn({kValues}), momentum = at::zeros({kValues});
  const at::Tensor working = at::empty({kValues}, type);
  Reference reference(weights, step);
  for (int s = 0; s < kSteps; ++s) {
    const at::Tensor gradients = at::randn({parts, kValues}).to(type);
    std::vector<const T*> pointers;
    for (int p = 0; p < parts; ++p)
      pointers.push_back(static_cast<const T*>(gradients.data_ptr()) + p * kValues);
    sgd_update(step, pointers, kValues, weights.data_ptr<float>(), momentum.data_ptr<float>(),
               static_cast<T*>(working.data_ptr()));
    reference.step(gradients.to(at::kDouble).mean(0));
    EXPECT_LT((weights - reference.weights()).abs().max().item<double>(), 5e-6)
        << "step " << s << ", parts " << parts;
    EXPECT_TRUE(at::equal(working, weights.to(type))) << "step " << s << ", parts " << parts;
  }
}

TEST(SgdKernel, StepsLikeLibTorchsNesterovMomentum) {
  for (const int parts : {1, 2, 3})
    for (const SgdStep& step : {SgdStep{0.1F, 0.9F, 5e-4F}, SgdStep{0.1F, 0.9F, 0}, SgdStep{0.5F, 0, 0.1F}}) {
      expect_steps_like_libtorch<float>(at::kFloat, parts, step);
      expect_steps_like_libtorch<BFloat>(at::kBFloat16, parts, step);
    }
}

// The batch norms' parameters are their own working copies.
TEST(SgdKernel, TheWorkingCopyMayBeTheWeightsThemselves) {
  float weight = 1, momentum = 0;
  const float gradient = 2;
  sgd_update<float>({0.5F, 0, 0}, {&gradient}, 1, &weight, &momentum, &weight);
  EXPECT_EQ(weight, 0);
}

}  // namespace
}  // namespace packrat
