#include "engine/studies/pretraining/training_layers.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>

#include "engine/studies/pretraining/norm_kernels.h"
#include "models/torch_compat.h"

namespace packrat {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr double kEpsilon = 1e-5, kMomentum = 0.1;  // torchvision's

// Up to this side, oneDNN's convolutions lose to one matrix product over the patches, forwards and backwards;
// on larger maps only the weight's gradient gains, and only in bfloat16 (measured on AMX, 128 images).
constexpr std::int64_t kMatrixSide = 2;

at::Tensor as_planes(const at::Tensor& maps) {
  return maps.permute({0, 3, 1, 2});  // [B, C, H, W], channels last
}

// [out, k * k * in] seen as torchvision's [out, in, k, k]. Only where all taps are live.
at::Tensor as_kernel(const at::Tensor& weight, const TrainingConvolution& place) {
  return weight.view({place.out, place.kernel, place.kernel, place.in}).permute({0, 3, 1, 2});
}

at::Tensor as_rows(const at::Tensor& maps) {
  return maps.reshape({-1, maps.size(3)});
}

class ConvolutionFunction : public torch::autograd::Function<ConvolutionFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& maps, const at::Tensor& weight,
                            const TrainingConvolution* place) {
    context->save_for_backward({maps, weight});
    context->saved_data["place"] = reinterpret_cast<std::int64_t>(place);
    const std::int64_t side = place->side_out(), padding = place->kernel / 2;
    if (side <= kMatrixSide)
      return at::mm(place->patches.unfold(maps), weight.t()).view({maps.size(0), side, side, place->out});
    return at::conv2d(as_planes(maps), as_kernel(weight, *place), {}, place->stride, padding)
        .contiguous(at::MemoryFormat::ChannelsLast)
        .permute({0, 2, 3, 1});
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const auto& place = *reinterpret_cast<const TrainingConvolution*>(context->saved_data["place"].toInt());
    const at::Tensor &maps = saved[0], &weight = saved[1], gradient = gradients[0].contiguous();
    const bool wants_maps = context->needs_input_grad(0);  // not before the stem
    const bool small = place.side_out() <= kMatrixSide;
    if (!small && maps.scalar_type() == at::kFloat) {
      const auto [d_maps, d_weight] = convolved_back(gradient, maps, weight, place, {wants_maps, true});
      return {d_maps, d_weight, at::Tensor()};
    }
    const at::Tensor rows = as_rows(gradient);
    const at::Tensor d_weight = at::mm(rows.t(), place.patches.unfold(maps));
    if (!wants_maps) return {at::Tensor(), d_weight, at::Tensor()};
    if (small) return {place.patches.fold(at::mm(rows, weight)), d_weight, at::Tensor()};
    return {convolved_back(gradient, maps, weight, place, {true, false}).first, d_weight, at::Tensor()};
  }

 private:
  // oneDNN's derivatives with respect to maps and weight, the wanted ones.
  static std::pair<at::Tensor, at::Tensor> convolved_back(const at::Tensor& gradient, const at::Tensor& maps,
                                                          const at::Tensor& weight,
                                                          const TrainingConvolution& place,
                                                          std::array<bool, 2> wanted) {
    const std::int64_t padding = place.kernel / 2;
    const auto [d_maps, d_kernel, none] =
        at::convolution_backward(as_planes(gradient), as_planes(maps), as_kernel(weight, place),
                                 at::OptionalIntArrayRef(), {place.stride, place.stride}, {padding, padding},
                                 {1, 1}, false, {0, 0}, 1, {wanted[0], wanted[1], false});
    return {wanted[0] ? d_maps.permute({0, 2, 3, 1}).contiguous() : d_maps,
            wanted[1] ? d_kernel.permute({0, 2, 3, 1}).reshape(weight.sizes()) : d_kernel};
  }
};

template <typename T>
const T* data_of(const at::Tensor& tensor) {
  return tensor.defined() ? static_cast<const T*>(tensor.data_ptr()) : nullptr;
}

template <typename T>
T* mutable_data_of(const at::Tensor& tensor) {
  return tensor.defined() ? static_cast<T*>(tensor.data_ptr()) : nullptr;
}

// What the kernel needs of the channels: scale and shift in front of the residual sum.
struct Affine {
  std::vector<float> scale, shift;
};

Affine affine(const float* mean, const float* inverse_deviation, const at::Tensor& gamma,
              const at::Tensor& beta) {
  const float *g = gamma.data_ptr<float>(), *b = beta.data_ptr<float>();
  Affine out;
  for (std::int64_t c = 0; c < gamma.numel(); ++c) {
    out.scale.push_back(g[c] * inverse_deviation[c]);
    out.shift.push_back(b[c] - mean[c] * out.scale.back());
  }
  return out;
}

void follow(RunningMoments& running, const ChannelMoments& now, std::int64_t rows) {
  const double unbiased = static_cast<double>(rows) / static_cast<double>(rows - 1);
  float *mean = running.mean.data_ptr<float>(), *variance = running.variance.data_ptr<float>();
  for (std::size_t c = 0; c < now.mean.size(); ++c) {
    mean[c] = static_cast<float>((1 - kMomentum) * mean[c] + kMomentum * now.mean[c]);
    variance[c] = static_cast<float>((1 - kMomentum) * variance[c] + kMomentum * unbiased * now.variance[c]);
  }
}

at::Tensor inverse_deviation(const at::Tensor& variance) {
  return (variance.to(at::kDouble) + kEpsilon).rsqrt().to(at::kFloat);
}

template <typename T>
at::Tensor transformed(const at::Tensor& maps, const Affine& affine, const at::Tensor& residual, bool relu) {
  at::Tensor out = at::empty_like(maps);
  scale_and_shift(data_of<T>(maps), affine.scale.data(), affine.shift.data(), data_of<T>(residual), relu,
                  maps.numel() / maps.size(3), maps.size(3), mutable_data_of<T>(out));
  return out;
}

class NormaliseFunction : public torch::autograd::Function<NormaliseFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& maps, const at::Tensor& gamma,
                            const at::Tensor& beta, const OptionalTensor& other, RunningMoments* running,
                            bool relu) {
    const at::Tensor residual = other.value_or(at::Tensor());
    return maps.scalar_type() == at::kFloat
               ? forward_as<float>(context, maps, gamma, beta, residual, *running, relu)
               : forward_as<BFloat>(context, maps, gamma, beta, residual, *running, relu);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    return gradients[0].scalar_type() == at::kFloat ? backward_as<float>(context, gradients[0].contiguous())
                                                    : backward_as<BFloat>(context, gradients[0].contiguous());
  }

 private:
  template <typename T>
  static at::Tensor forward_as(AutogradContext* context, const at::Tensor& maps, const at::Tensor& gamma,
                               const at::Tensor& beta, const at::Tensor& residual, RunningMoments& running,
                               bool relu) {
    const std::int64_t channels = maps.size(3), rows = maps.numel() / channels;
    const ChannelMoments now = channel_moments(data_of<T>(maps), rows, channels);
    follow(running, now, rows);
    const at::Tensor mean = at::tensor(at::ArrayRef<float>(now.mean), at::kFloat);
    const at::Tensor inverse = inverse_deviation(at::tensor(at::ArrayRef<float>(now.variance), at::kFloat));
    const Affine by_channel = affine(now.mean.data(), inverse.data_ptr<float>(), gamma, beta);
    const at::Tensor out = transformed<T>(maps, by_channel, residual, relu);
    context->save_for_backward({maps, gamma, mean, inverse, relu ? out : at::Tensor()});
    context->saved_data["relu"] = relu;
    context->saved_data["residual"] = residual.defined();
    return out;
  }

  template <typename T>
  static variable_list backward_as(AutogradContext* context, const at::Tensor& gradient) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &maps = saved[0], &gamma = saved[1], &mean = saved[2], &inverse = saved[3],
                     &out = saved[4];
    const std::int64_t channels = maps.size(3);
    const at::Tensor d_maps = at::empty_like(maps);
    const at::Tensor d_residual =
        context->saved_data["residual"].toBool() ? at::empty_like(maps) : at::Tensor();
    const NormGradients by_channel = normalise_backward(
        data_of<T>(gradient), data_of<T>(maps), data_of<T>(out), context->saved_data["relu"].toBool(),
        gamma.data_ptr<float>(), mean.data_ptr<float>(), inverse.data_ptr<float>(), maps.numel() / channels,
        channels, mutable_data_of<T>(d_maps), mutable_data_of<T>(d_residual));
    return {d_maps,
            at::tensor(at::ArrayRef<float>(by_channel.gamma), at::kFloat),
            at::tensor(at::ArrayRef<float>(by_channel.beta), at::kFloat),
            d_residual,
            at::Tensor(),
            at::Tensor()};
  }
};

}  // namespace

TrainingConvolution::TrainingConvolution(std::int64_t in_channels, std::int64_t out_channels,
                                         std::int64_t kernel_side, std::int64_t stride_,
                                         std::int64_t map_side)
    : patches(in_channels, kernel_side, stride_, map_side),
      in(in_channels),
      out(out_channels),
      kernel(kernel_side),
      stride(stride_),
      side(map_side) {}

at::Tensor TrainingConvolution::forward(const at::Tensor& maps, const at::Tensor& weight) const {
  return ConvolutionFunction::apply(maps, weight, this);
}

at::Tensor normalise(const at::Tensor& maps, const at::Tensor& gamma, const at::Tensor& beta,
                     RunningMoments& running, bool training, const at::Tensor& residual, bool relu) {
  if (training) {
    const OptionalTensor other = if_defined(residual);
    return NormaliseFunction::apply(maps, gamma, beta, other, &running, relu);
  }
  const at::Tensor inverse = inverse_deviation(running.variance);
  const Affine by_channel = affine(running.mean.data_ptr<float>(), inverse.data_ptr<float>(), gamma, beta);
  return maps.scalar_type() == at::kFloat ? transformed<float>(maps, by_channel, residual, relu)
                                          : transformed<BFloat>(maps, by_channel, residual, relu);
}

}  // namespace packrat
