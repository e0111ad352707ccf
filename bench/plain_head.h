#pragma once
#include <ATen/ATen.h>
#include <torch/nn/module.h>  // clip_grad.h leans on it
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/sgd.h>

#include "engine/train/cutmix.h"
#include "engine/train/learner.h"

namespace packrat::bench {

/// A head and its training as one would first write them with LibTorch: plain convolutions,
/// torch::optim::SGD, clip_grad_norm_. Weights start as the Learner's do from the same seed.
class PlainHead {
 public:
  /// options: the head, the schedule and the optimizer; of the rest nothing is used.
  PlainHead(const LearnerOptions& options, std::uint64_t seed)
      : options_(options),
        head_(make_head(plain(options.head), seed)),
        sgd_(head_.parameters(), torch::optim::SGDOptions(options.lr.max_lr)
                                     .momentum(options.sgd.momentum)
                                     .weight_decay(options.sgd.weight_decay)) {}

  void set_pass(std::int64_t pass) {
    for (auto& group : sgd_.param_groups())
      static_cast<torch::optim::SGDOptions&>(group.options()).lr(options_.lr.at(pass, 0, 1));
  }

  /// One update. maps: float32 [B, C, H, W]; labels: int64 [B]; mixed: what CutMix did to the maps. Returns
  /// the loss.
  double train_step(const at::Tensor& maps, const at::Tensor& labels, const CutMixPlan& mixed = {}) {
    sgd_.zero_grad();
    const at::Tensor logits = head_.forward(maps);
    at::Tensor loss = at::cross_entropy_loss(logits, labels);
    if (mixed.kept_share < 1) {
      const at::Tensor other =
          at::cross_entropy_loss(logits, labels.index_select(0, at::tensor(mixed.partner, at::kLong)));
      loss = mixed.kept_share * loss + (1 - mixed.kept_share) * other;
    }
    loss.backward();
    torch::nn::utils::clip_grad_norm_(head_.parameters(), options_.sgd.clip_norm);
    sgd_.step();
    return loss.item<double>();
  }

  Head& head() { return head_; }

 private:
  static HeadSpec plain(HeadSpec spec) {
    spec.form = HeadForm::kPlain;
    return spec;
  }

  LearnerOptions options_;
  Head head_;
  torch::optim::SGD sgd_;
};

}  // namespace packrat::bench
