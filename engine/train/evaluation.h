#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/methods/scoring.h"

namespace packrat {

class Head;

/// How a head is scored: task t holds the labels [t * classes_per_task, (t+1) * classes_per_task).
struct EvaluationOptions {
  std::int64_t classes_per_task = 1;
  int threads = 1;
  std::string device = "cpu";
};

/// The class of highest logit for each row [C*H*W], the first of equal ones. `head` is put into evaluation
/// mode and left there; batches and threads as in evaluate(), of which classes_per_task is not looked at.
std::vector<std::uint16_t> predictions(Head& head, ConstRows rows, const EvaluationOptions& options);

/// Logits of rows [n, C*H*W] by `head`, which is in evaluation mode: out float32 [n, classes]. Safe from
/// several threads at once.
void head_scores(Head& head, const std::string& device, ConstRows rows, float* out);

/// The same as a function; `head` is put into evaluation mode and must outlive it.
ScoreFn score_by(Head& head, const std::string& device);

/// Scores `head` (put into evaluation mode, left there) on the whole set, in fixed batches of 500 shared out
/// to the threads. The result does not depend on the number of threads.
Accuracy evaluate(Head& head, const LabelledRows& set, const EvaluationOptions& options);

}  // namespace packrat
