#include "engine/experiment/test_images.h"

#include <algorithm>

#include "compressors/codec.h"
#include "compressors/distortion.h"
#include "models/torch_runtime.h"

namespace packrat {
namespace {

constexpr std::int64_t kRoundTripRows = 500;

}  // namespace

TestImages::TestImages(std::unique_ptr<FeatureRows> rows, std::vector<std::uint16_t> labels)
    : rows_(std::move(rows)), labels_(std::move(labels)) {}

TestImages::TestImages(const RowSource& train, std::int64_t width,
                       const std::vector<std::uint16_t>& train_labels,
                       const std::vector<std::int64_t>& chosen) {
  std::vector<float> values(chosen.size() * static_cast<std::size_t>(width));
  train.gather(chosen, {values.data(), static_cast<std::int64_t>(chosen.size()), width});
  rows_ = std::make_unique<FeatureRows>(std::move(values), width);
  for (const std::int64_t image : chosen) labels_.push_back(train_labels[static_cast<std::size_t>(image)]);
}

double TestImages::round_trip(const Codec& codec, const Domain& domain, int threads) {
  const ConstRows rows = rows_->rows();
  std::vector<float> values(static_cast<std::size_t>(rows.count * rows.width));
  for_each_batch(rows.count, kRoundTripRows, threads, [&](std::int64_t begin, std::int64_t end) {
    packrat::round_trip(codec, {rows.row(begin), end - begin, rows.width},
                        {values.data() + begin * rows.width, end - begin, rows.width});
  });
  const ConstRows restored(values.data(), rows.count, rows.width);
  const double error = squared_error(rows, restored, domain) / static_cast<double>(rows.count * rows.width);
  const bool lossless = std::equal(values.begin(), values.end(), rows.data);
  if (!lossless) restored_ = std::make_unique<FeatureRows>(std::move(values), rows.width);
  return error;
}

LabelledRows TestImages::of_classes(const std::string& features, const TaskStream& stream, int seen_classes,
                                    std::vector<float>& copy) const {
  const ConstRows all = (features == "roundtrip" && restored_ ? *restored_ : *rows_).rows();
  LabelledRows seen{{nullptr, 0, all.width}, {}};
  std::vector<std::int64_t> chosen;
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    const int position = stream.position_of_label[labels_[i]];
    if (position < 0 || position >= seen_classes) continue;
    chosen.push_back(static_cast<std::int64_t>(i));
    seen.labels.push_back(static_cast<std::uint16_t>(position));
  }
  seen.rows = all;
  if (chosen.size() == labels_.size()) return seen;
  for (const std::int64_t i : chosen) copy.insert(copy.end(), all.row(i), all.row(i) + all.width);
  seen.rows = {copy.data(), static_cast<std::int64_t>(chosen.size()), all.width};
  return seen;
}

}  // namespace packrat
