#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/report/figure.h"
#include "engine/results/results_store.h"

namespace packrat {

/// Which bytes, and which accuracy, a figure shows: the switches of the memory page, in their order.
enum class BytesColumn { kMeasured, kExact, kPublished };
enum class AccuracyColumn { kFinal, kBest };

/// Total replay memory of a run in MiB (2^20 bytes), for all its slots; nullopt where it is not known.
std::optional<double> mib_of(const StoredRun& run, BytesColumn column);
/// Accuracy in per cent of the test set.
std::optional<double> accuracy_of(const StoredRun& run, AccuracyColumn column);

/// Median, least and greatest of some values.
struct Spread {
  double median = 0, low = 0, high = 0;
  std::size_t count = 0;
};
/// nullopt without values. The median of an even number is the mean of the two in the middle.
std::optional<Spread> spread_of(std::vector<double> values);

/// Runs that differ in nothing but their seed (and in how many threads they had and what they read and
/// wrote).
struct RunGroup {
  std::vector<const StoredRun*> runs;  ///< at least one; the pointers are the caller's
  /// The data set and what else tells its runs' tasks apart: "CIFAR10", "CIFAR10 1x2 classes".
  /// Accuracies of different tasks cannot be compared.
  std::string task;
  /// The codec's, without what is the same in all groups: "convae 8", "quantization 4 transfer".
  std::string setting;
  std::string recipe;  ///< the other options that differ between groups of the task: "num_passes 8", or empty

  const StoredRun& first() const { return *runs.front(); }
  std::optional<Spread> accuracy(AccuracyColumn column) const;
  std::optional<Spread> mib(BytesColumn column) const;  ///< of stores of differing entry size, the median
  std::string series_name() const;                      ///< codec setting and recipe
};

/// In the order: task, encoder, codec family, setting, slots. The groups point into `runs`.
std::vector<RunGroup> group_runs(const std::vector<StoredRun>& runs);

/// "no encoder", "cutr34(3)".
std::string encoder_text(const StoredRun& run);
/// Encoders of a task's groups (of all, without a task) and how many runs each has, in the order of the
/// groups.
std::vector<std::pair<std::string, std::size_t>> encoders_of(const std::vector<RunGroup>& groups,
                                                             const std::string& task);
/// The encoder of the task that most runs have; "cutr34(3)" when none has any.
std::string main_encoder(const std::vector<RunGroup>& groups, const std::string& task);
/// The cut as a number: 0 without an encoder.
double cut_of(const StoredRun& run);
/// Codec family as a key of the palette: "none", "thinning", "quantization local", "quantization transfer",
/// "convae", ..., "chain" for more than one stage.
std::string family_key(const StoredRun& run);
/// Marker of a codec setting among those of its family, by the number that its family varies: the same in
/// every report.
int setting_variant(const StoredRun& run);

/// The switches "bytes" (measured, exact, published) and "accuracy" (final, best).
std::vector<Switch> memory_switches();

/// A group's point for one state of the switches, with error bars from the least to the greatest seed;
/// nullopt where bytes or accuracy are not known.
std::optional<DataPoint> memory_point(const RunGroup& group, BytesColumn bytes, AccuracyColumn accuracy);

/// What `points(bytes, accuracy)` gives for each state of memory_switches(), in their order.
template <typename PointsOf>
std::vector<std::vector<DataPoint>> memory_states(const PointsOf& points) {
  std::vector<std::vector<DataPoint>> states;
  for (const BytesColumn bytes : {BytesColumn::kMeasured, BytesColumn::kExact, BytesColumn::kPublished})
    for (const AccuracyColumn accuracy : {AccuracyColumn::kFinal, AccuracyColumn::kBest})
      states.push_back(points(bytes, accuracy));
  return states;
}

/// Accuracy of random guessing in per cent, nullopt when the number of classes is not known.
std::optional<double> random_accuracy(const StoredRun& run);

/// Tasks of the groups, each once, in order.
std::vector<std::string> tasks_of(const std::vector<RunGroup>& groups);

}  // namespace packrat
