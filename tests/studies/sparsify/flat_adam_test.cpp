#include "engine/studies/sparsify/flat_adam.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/nn/module.h>  // clip_grad.h leans on it
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adam.h>

namespace packrat {
namespace {

/// Leaves of odd sizes: nothing that is a multiple of a vector's width.
std::vector<at::Tensor> fresh_parameters() {
  at::manual_seed(3);
  std::vector<at::Tensor> parameters;
  for (const std::vector<std::int64_t>& shape :
       std::vector<std::vector<std::int64_t>>{{37, 19}, {3, 5, 3, 3}, {4099}})
    parameters.push_back(at::randn(shape).requires_grad_());
  return parameters;
}

void backward(const std::vector<at::Tensor>& parameters, int step) {
  at::Tensor loss = at::zeros({});
  for (const at::Tensor& p : parameters) loss = loss + (p * at::cos(p.detach() * (step + 1))).sum();
  loss.backward();
}

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.detach() - b.detach()).abs().max().item<double>();
}

TEST(FlatAdam, EqualsTorchAdamAndClipGradNormOverSteps) {
  for (const double clip : {0.5, 1000.0}) {
    const std::vector<at::Tensor> own = fresh_parameters(), reference = fresh_parameters();
    AdamOptions options;
    options.clip_norm = clip;
    FlatAdam flat({{own[0]}, {own[1], own[2]}}, options);
    torch::optim::Adam adam(reference, torch::optim::AdamOptions(1e-2));
    for (int step = 0; step < 20; ++step) {
      flat.zero_grad();
      adam.zero_grad();
      backward(own, step);
      backward(reference, step);
      const double norm = torch::nn::utils::clip_grad_norm_(reference, clip);
      EXPECT_NEAR(flat.step(1e-2), norm, 1e-4 * norm);
      adam.step();
    }
    for (std::size_t i = 0; i < own.size(); ++i)
      EXPECT_LT(largest_difference(own[i], reference[i]), 1e-4) << "tensor " << i << ", clip " << clip;
  }
}

TEST(FlatAdam, GoesOnWithMomentsThatAreHandedOver) {
  const std::vector<at::Tensor> whole = fresh_parameters(), parted = fresh_parameters();
  FlatAdam all({whole}, {}), before({parted}, {});
  for (int step = 0; step < 5; ++step) {
    for (const auto& [adam, parameters] : {std::pair{&all, &whole}, std::pair{&before, &parted}}) {
      adam->zero_grad();
      backward(*parameters, step);
      adam->step(1e-3);
    }
  }
  FlatAdam after({parted}, {});
  after.hand_over(0, before.groups()[0]);
  for (const auto& [adam, parameters] : {std::pair{&all, &whole}, std::pair{&after, &parted}}) {
    adam->zero_grad();
    backward(*parameters, 9);
    adam->step(1e-3);
  }
  for (std::size_t i = 0; i < whole.size(); ++i) EXPECT_EQ(largest_difference(whole[i], parted[i]), 0) << i;
}

}  // namespace
}  // namespace packrat
