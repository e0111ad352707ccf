#include "engine/experiment/model_test_set.h"

#include <fmt/format.h>

#include "engine/core/error.h"
#include "engine/data/dataset_name.h"

namespace packrat {
namespace {

bool knows(const ModelInfo& model, const Dataset& dataset) {
  const bool by_names = !dataset.info.made_from.empty() || dataset.info.feature_shape;
  if (!by_names) return dataset.info.name == dataset_name(model.config.dataset);
  for (std::size_t i = 0; i < model.class_order.size(); ++i) {
    const auto label = static_cast<std::size_t>(model.class_order[i]);
    if (label >= dataset.class_names.size() || dataset.class_names[label] != model.class_names[i])
      return false;
  }
  return true;
}

/// The head's output for each label of the data set; -1 when it has none.
std::vector<int> outputs_of(const ModelInfo& model, const Dataset& dataset) {
  std::vector<int> outputs(static_cast<std::size_t>(dataset.info.classes), -1);
  for (std::size_t i = 0; i < model.class_order.size(); ++i) {
    const int label = model.class_order[i];
    if (label < 0 || label >= dataset.info.classes)
      throw UserError(fmt::format("the model has a class {}, but {} has {} classes: its file is damaged",
                                  label, dataset.info.name, dataset.info.classes));
    outputs[static_cast<std::size_t>(label)] = static_cast<int>(i);
  }
  return outputs;
}

}  // namespace

LabelledRows ModelTestSet::rows() const {
  return {{values.data(), static_cast<std::int64_t>(labels.size()), width}, labels};
}

ModelTestSet model_test_set(const ModelInfo& model, const Shape3& shape, const Dataset& dataset,
                            const ProgressFn& progress) {
  if (!knows(model, dataset))
    throw UserError(
        fmt::format("the model knows the classes of {}, not those of {}: give that data set with --dataset",
                    model.config.dataset, dataset.info.name));
  const std::vector<int> outputs = outputs_of(model, dataset);
  const std::vector<float> rows = model_rows(model, shape, dataset.test, progress);
  ModelTestSet set;
  set.width = shape[0] * shape[1] * shape[2];
  for (std::int64_t i = 0; i < dataset.test.count(); ++i) {
    const int output = outputs[dataset.test.labels[static_cast<std::size_t>(i)]];
    if (output < 0) continue;
    set.labels.push_back(static_cast<std::uint16_t>(output));
    set.values.insert(set.values.end(), rows.begin() + i * set.width, rows.begin() + (i + 1) * set.width);
  }
  return set;
}

}  // namespace packrat
