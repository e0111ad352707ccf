#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "compressors/rows.h"

namespace packrat {

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

/// Fills out [n, classes] with scores of rows [n, values]; called from several threads at once.
using ScoreFn = std::function<void(ConstRows rows, float* out)>;

/// What is scored: task t holds the labels [t * classes_per_task, (t+1) * classes_per_task).
struct ScoringOptions {
  std::int64_t classes = 1;
  std::int64_t classes_per_task = 1;
  int threads = 1;
};

/// The class of highest score for each row, the first of equal ones. Rows are scored in fixed batches of 500,
/// shared out to the threads: the result does not depend on their number.
std::vector<std::uint16_t> predictions(const ScoreFn& score, ConstRows rows, const ScoringOptions& options);

/// Scores the whole set, in the same batches.
Accuracy evaluate(const ScoreFn& score, const LabelledRows& set, const ScoringOptions& options);

}  // namespace packrat
