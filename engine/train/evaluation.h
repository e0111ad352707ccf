#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "compressors/codec.h"

namespace packrat {

class Head;

/// A set to score, encoded once: rows [N, C*H*W] that somebody else owns and N labels (stream positions of
/// the classes).
struct LabelledRows {
  ConstRows rows{nullptr, 0, 0};
  std::vector<std::uint16_t> labels;
};

/// Fractions right, 0..1.
struct Accuracy {
  double all_classes = 0;  ///< among all classes: class-incremental accuracy, `acc`
  double own_task = 0;  ///< among the classes of the image's own task: task-incremental accuracy, `task_acc`
  std::vector<double>
      of_task;  ///< of the images of each task, among all classes; NaN for a task without images
};

/// How a head is scored: task t holds the labels [t * classes_per_task, (t+1) * classes_per_task).
struct EvaluationOptions {
  std::int64_t classes_per_task = 1;
  int threads = 1;
  std::string device = "cpu";
};

/// The class of highest logit for each row [C*H*W], the first of equal ones. `head` is put into evaluation
/// mode and left there; batches and threads as in evaluate(), of which classes_per_task is not looked at.
std::vector<std::uint16_t> predictions(Head& head, const std::array<std::int64_t, 3>& shape, ConstRows rows,
                                       const EvaluationOptions& options);

/// Scores `head` (put into evaluation mode, left there) on the whole set, in fixed batches of 500 shared out
/// to the threads. The result does not depend on the number of threads.
Accuracy evaluate(Head& head, const std::array<std::int64_t, 3>& shape, const LabelledRows& set,
                  const EvaluationOptions& options);

}  // namespace packrat
