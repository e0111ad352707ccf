#pragma once
#include <optional>
#include <string>
#include <vector>

#include "engine/studies/roofline/prediction.h"

namespace packrat {

/// One published measurement: a row of head/experimental_data_*.csv.
struct Measurement {
  std::string platform, network;  ///< as the row spells them: "NCS2", "ResNet-50"
  NetworkLabel label;
  Precision precision = Precision::kInt8;
  std::int64_t batch = 1;  ///< or threads, or streams, as the platform has it
  /// of the computation alone, without the system around it
  std::optional<double> latency_ms, inputs_per_second;
  std::optional<double> system_inputs_per_second;
  std::optional<double> top1;  ///< per cent
  std::optional<double> base_watts, idle_watts, full_watts;
};

/// data_set: "imagenet" (190 rows), "cifar" (378), "mnist" (406); UserError lists these for another.
std::vector<Measurement> published_measurements(const std::string& data_set);

/// The best that a platform reached with a network.
struct MeasuredPoint {
  std::string platform, network;
  NetworkLabel label;
  Precision precision = Precision::kInt8;
  double inputs_per_second = 0;
  std::optional<double> top1;  ///< per cent
};

/// The 17, 30 and 35 points of snapshot_2e994bd/pareto_data_*.csv.
std::vector<MeasuredPoint> published_measured_points(const std::string& data_set);

/// The greatest speed and the greatest accuracy over all batch sizes of each platform, precision, network and
/// width, each for itself, in the order of first appearance: how the published points were made.
std::vector<MeasuredPoint> best_of_batches(const std::vector<Measurement>& measurements);

/// A measured point beside what the roofline allows.
struct Achieved {
  MeasuredPoint measured;
  Prediction predicted;
  double fraction = 0;  ///< measured / predicted; above 1 the model's assumption fails
};

/// Points joined with predictions by platform, precision, network and width, however the tables spell them.
/// `unjoined` names the points that have no prediction, and why.
struct AchievedTable {
  std::vector<Achieved> rows;
  std::vector<std::string> unjoined;
};
AchievedTable achieved_fractions(const std::vector<MeasuredPoint>& points,
                                 const std::vector<PublishedNetwork>& networks,
                                 const PlatformTable& platforms);

/// UserError unless it is "imagenet", "cifar" or "mnist".
void check_data_set(const std::string& data_set);

}  // namespace packrat
