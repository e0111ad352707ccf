#pragma once
#include <string>
#include <utility>
#include <vector>

#include "engine/report/figure.h"
#include "engine/studies/report/cost_tables.h"

namespace packrat {

/// The fronts of a data set's predictions and measurements, by every rule: see front_views().
struct SpeedFronts {
  std::string data_set;
  std::vector<FrontView> predicted, measured;

  /// Both, by name.
  std::vector<std::pair<std::string, const std::vector<FrontView>*>> layers() const {
    return {{"predicted", &predicted}, {"measured", &measured}};
  }
};
SpeedFronts speed_fronts(const std::string& data_set);

/// "speed-front-cifar": accuracy against speed, predictions and measurements as layers; the published rules
/// to the left, with the points that nothing reaches, the right rule to the right.
Figure speed_front_figure(const SpeedFronts& fronts);

/// "fronts-cifar": the points of every front.
Table speed_front_table(const SpeedFronts& fronts);

/// "impossible": points of the published rules that nothing reaches, in words.
Table impossible_table(const std::vector<SpeedFronts>& all);

/// "unjoined": labels of predictions that find no accuracy under the published spelling.
Table unjoined_table(const std::vector<SpeedFronts>& all);

}  // namespace packrat
