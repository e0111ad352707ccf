#include "engine/studies/sparsify/batch_norm.h"

#include <ATen/ATen.h>

namespace packrat {
namespace {

constexpr double kMomentum = 0.1;

}  // namespace

BatchNorm::BatchNorm(NormShape shape, std::int64_t channels)
    : shape_(std::move(shape)),
      scale_(at::ones({channels}).requires_grad_()),
      shift_(at::zeros({channels}).requires_grad_()),
      mean_(at::zeros({channels})),
      variance_(at::ones({channels})) {}

at::Tensor BatchNorm::forward(const at::Tensor& x, bool training) const {
  const bool has_variance = x.numel() > scale_.numel();
  return at::batch_norm(x, scale_, shift_, mean_, variance_, training && has_variance, kMomentum,
                        shape_.epsilon, /*cudnn_enabled=*/false);
}

StateDict BatchNorm::tensors() const {
  return {{shape_.name + ".weight", scale_},
          {shape_.name + ".bias", shift_},
          {shape_.name + ".running_mean", mean_},
          {shape_.name + ".running_var", variance_}};
}

std::vector<TensorCount> BatchNorm::count() const {
  return {{shape_.name + ".weight", scale_.numel(), 0}, {shape_.name + ".bias", shift_.numel(), 0}};
}

}  // namespace packrat
