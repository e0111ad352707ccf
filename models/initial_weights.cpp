#include "models/initial_weights.h"

#include <ATen/ATen.h>

#include <cmath>

namespace packrat {
namespace {

template <typename Draw>
at::Tensor drawn(at::IntArrayRef shape, const Draw& draw) {
  at::Tensor out = at::empty(shape, at::kFloat);
  float* values = out.data_ptr<float>();
  for (std::int64_t i = 0; i < out.numel(); ++i) values[i] = draw();
  return out;
}

at::Tensor initial_tensor(const Layer& layer, const TensorShape& tensor, const Rng& rng) {
  if (layer.kind == LayerKind::kConvolution) return initial_convolution(rng, tensor.name, tensor.shape);
  if (layer.kind == LayerKind::kLinear)
    return initial_linear(rng, tensor.name, tensor.shape, layer.in.values());
  const auto is = [&](std::string_view what) { return tensor.name == layer.name + "." + std::string(what); };
  return is("weight") || is("running_var") ? at::ones(tensor.shape) : at::zeros(tensor.shape);
}

}  // namespace

at::Tensor initial_convolution(const Rng& rng, std::string_view name, at::IntArrayRef shape) {
  Rng stream = rng.fork(name);
  const double deviation = std::sqrt(2.0 / static_cast<double>(shape[0] * shape[2] * shape[3]));
  return drawn(shape, [&] { return static_cast<float>(deviation * stream.normal()); });
}

at::Tensor initial_linear(const Rng& rng, std::string_view name, at::IntArrayRef shape, std::int64_t fan_in) {
  Rng stream = rng.fork(name);
  const double bound = 1.0 / std::sqrt(static_cast<double>(fan_in));
  return drawn(shape, [&] { return static_cast<float>(bound * (2 * stream.uniform() - 1)); });
}

StateDict initial_state(const Network& network, const Rng& rng) {
  StateDict state;
  for (const Layer& layer : network.layers) {
    for (const TensorShape& tensor : state_shapes(layer))
      state.emplace_back(tensor.name, initial_tensor(layer, tensor, rng));
    if (layer.kind == LayerKind::kBatchNorm)
      state.emplace_back(layer.name + ".num_batches_tracked", at::zeros({}, at::kLong));
  }
  return state;
}

}  // namespace packrat
