#pragma once
#include "models/head.h"
#include "models/network_module.h"

namespace packrat {

/// What logits from elsewhere are multiplied by, as its logarithm: "prior.log_scale".
class PriorScaleModule : public torch::nn::Module {
 public:
  PriorScaleModule() { log_scale_ = register_parameter("log_scale", at::zeros({1})); }
  at::Tensor value() const { return log_scale_.exp(); }

 private:
  at::Tensor log_scale_;
};

/// What a Head holds: its network and, with spec().prior, the scale.
class HeadModule : public NetworkModule {
 public:
  explicit HeadModule(const HeadSpec& spec);
  const HeadSpec& spec() const { return spec_; }
  at::Tensor prior_scale() const { return prior_->value(); }

 private:
  HeadSpec spec_;
  std::shared_ptr<PriorScaleModule> prior_;  // null without spec().prior
};

}  // namespace packrat
