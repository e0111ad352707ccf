#pragma once
#include <string_view>

#include "engine/core/rng.h"
#include "engine/topology/network.h"
#include "models/state_dict.h"

namespace packrat {

/// Fresh convolution weights [out, in, k, k], float32: normal with standard deviation sqrt(2 / (out k k)) (He
/// et al., ICCV 2015, fan out, as torchvision). The numbers depend on the generator's seed and the tensor's
/// name only.
at::Tensor initial_convolution(const Rng& rng, std::string_view name, at::IntArrayRef shape);

/// Fresh weights or biases of a linear layer, float32: uniform within +-1/sqrt(fan_in), LibTorch's default.
at::Tensor initial_linear(const Rng& rng, std::string_view name, at::IntArrayRef shape, std::int64_t fan_in);

/// A freshly initialised network of convolutions without bias, batch norms and linear layers: all tensors
/// under torchvision's names, batch norms' counters included.
StateDict initial_state(const Network& network, const Rng& rng);

}  // namespace packrat
