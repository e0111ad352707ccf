#pragma once
#include <cstdint>
#include <vector>

#include "engine/experiment/model_file.h"
#include "engine/train/evaluation.h"

namespace packrat {

/// The test images whose classes a model knows, as its head takes them.
struct ModelTestSet {
  std::vector<float> values;          ///< [N, width]
  std::vector<std::uint16_t> labels;  ///< [N], outputs of the head
  std::int64_t width = 0;

  /// Valid as long as this is.
  LabelledRows rows() const;
};

/// Encodes them as model_rows() does; `shape` is what the head takes. UserError when the data set is not the
/// one that the model was trained on (a folder's, or that of features from files, is told by the names of its
/// classes, wherever it lies now), and those of model_rows().
ModelTestSet model_test_set(const ModelInfo& model, const Shape3& shape, const Dataset& dataset,
                            const ProgressFn& progress);

}  // namespace packrat
