#include "engine/train/evaluation.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "models/head.h"
#include "models/torch_runtime.h"

namespace packrat {
namespace {

ScoringOptions scoring_options(const Head& head, const EvaluationOptions& options) {
  return {head.spec().classes, options.classes_per_task, options.threads};
}

}  // namespace

void head_scores(Head& head, const std::string& device, ConstRows rows, float* out) {
  use_one_thread();
  const at::NoGradGuard no_grad;
  const auto& shape = head.spec().in_shape;
  // from_blob takes a mutable pointer; the head only reads its input.
  const at::Tensor maps =
      at::from_blob(const_cast<float*>(rows.data), {rows.count, shape[0], shape[1], shape[2]}, at::kFloat);
  const at::Tensor logits = head.forward(maps.to(parse_device(device))).to(at::kCPU).contiguous();
  std::copy_n(logits.data_ptr<float>(), logits.numel(), out);
}

ScoreFn score_by(Head& head, const std::string& device) {
  head.train(false);
  return [&head, device](ConstRows rows, float* out) { head_scores(head, device, rows, out); };
}

std::vector<std::uint16_t> predictions(Head& head, ConstRows rows, const EvaluationOptions& options) {
  return predictions(score_by(head, options.device), rows, scoring_options(head, options));
}

Accuracy evaluate(Head& head, const LabelledRows& set, const EvaluationOptions& options) {
  return evaluate(score_by(head, options.device), set, scoring_options(head, options));
}

}  // namespace packrat
