#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/data/task_stream.h"
#include "engine/features/prepared_data.h"
#include "engine/train/evaluation.h"

namespace packrat {

class Codec;

/// The images that a run is scored on, as the encoder gives them and as the codec gives them back.
class TestImages {
 public:
  TestImages() = default;
  /// labels: as in the data set's files, one a row.
  TestImages(std::unique_ptr<FeatureRows> rows, std::vector<std::uint16_t> labels);
  /// Some training images in place of the test images; rows are `width` values wide.
  TestImages(const RowSource& train, std::int64_t width, const std::vector<std::uint16_t>& train_labels,
             const std::vector<std::int64_t>& chosen);

  /// Encodes and decodes all rows. Returns the mean squared error of a value, on the encoder's scale.
  double round_trip(const Codec& codec, const Domain& domain, int threads);
  /// Whether that changed a value.
  bool differ() const { return restored_ != nullptr; }

  /// Those of the classes at stream positions below `seen_classes`, labelled by position. features: "raw" or
  /// "roundtrip". `copy` holds the rows when they are not all there are.
  LabelledRows of_classes(const std::string& features, const TaskStream& stream, int seen_classes,
                          std::vector<float>& copy) const;

 private:
  std::unique_ptr<FeatureRows> rows_;
  std::unique_ptr<FeatureRows> restored_;  // null when the codec loses nothing of them
  std::vector<std::uint16_t> labels_;
};

}  // namespace packrat
