#pragma once
#include <string>
#include <vector>

#include "engine/studies/roofline/measured_point.h"
#include "engine/studies/roofline/published_prediction.h"

namespace packrat {

/// Accuracy and speed of one network on one platform.
struct SpeedPoint {
  std::string name;   ///< "ZCU104-FINN-INT2, CNV 25%"
  std::string group;  ///< what the published rules merge
  double top1 = 0;    ///< per cent
  double inputs_per_second = 0;
};

/// Which points form a front of accuracy against speed.
enum class FrontRule {
  /// Keeps a point unless another is at least as good in both and better in one.
  kRight,
  /// QuTiBench's get_pareto_df: of each group the greatest speed and the most frequent accuracy (of several,
  /// the
  /// first), which may belong to different points; sorted by falling accuracy, speeds are replaced by the
  /// greatest so far, and of equal speeds the first row stays.
  kPublished,
  /// QuTiBench's get_pareto_df_improved: all points whose speed is the greatest of any group, then the same.
  kPublishedImproved,
};

/// Each rule with what to call it.
struct NamedRule {
  FrontRule rule;
  const char* name;
  const char* summary;
};
const std::vector<NamedRule>& front_rules();

/// By falling accuracy, then rising speed. Points of equal accuracy and speed all stay under the right rule.
/// The published rules give points named after their group; their coordinates need not be those of any point.
std::vector<SpeedPoint> pareto_front(const std::vector<SpeedPoint>& points, FrontRule rule);

/// Whether one of the points has this accuracy and this speed.
bool is_among(const SpeedPoint& point, const std::vector<SpeedPoint>& points);

/// A front's point that nothing reaches, in words: whose speed and whose accuracy it joins.
std::vector<std::string> impossible_points(const std::vector<SpeedPoint>& front,
                                           const std::vector<SpeedPoint>& points);

/// How predictions find their accuracies.
enum class NameJoin {
  kPublished,  ///< equal text, blanks taken for underscores: GoogleNetv1 and EfficientNet_S find nothing
  kRepaired,   ///< the same network, however it is spelt
};

/// Points, and the labels that found no accuracy, each with how many cells it has.
struct SpeedPoints {
  std::vector<SpeedPoint> points;
  std::vector<std::string> unjoined;
};

/// The published predictions of a data set with their listed accuracies. Groups are what the notebooks took:
/// for imagenet each cell, for cifar and mnist network, platform and precision, all widths together.
SpeedPoints theory_points(const std::string& data_set, NameJoin join);

/// The measured points of a data set, grouped the same way.
std::vector<SpeedPoint> measured_points(const std::string& data_set);

}  // namespace packrat
