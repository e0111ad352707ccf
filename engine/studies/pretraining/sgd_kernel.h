#pragma once
#include <cstdint>
#include <vector>

#include "engine/studies/pretraining/wide.h"

namespace packrat {

/// One update of SGD with Nesterov momentum (Sutskever et al., ICML 2013, as torch.optim.SGD computes it).
struct SgdStep {
  float lr, momentum, weight_decay;
};

/// Updates `count` weights in place. The gradient is the mean of what the parts of the batch found, added up
/// in the order given, plus weight_decay * weight. `working` gets the new weights in the type the network
/// computes with. T: float or BFloat.
template <typename T>
void sgd_update(const SgdStep& step, const std::vector<const T*>& gradients, std::int64_t count,
                float* weights, float* momentum, T* working);

}  // namespace packrat
