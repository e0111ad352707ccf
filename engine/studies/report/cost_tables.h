#pragma once
#include <string>
#include <vector>

#include "engine/report/table.h"
#include "engine/studies/roofline/measured_point.h"
#include "engine/studies/roofline/pareto.h"
#include "engine/studies/roofline/published_prediction.h"

namespace packrat {

/// Predicted inputs a second, a row for each network, precision and platform.
Table prediction_table(const std::vector<Prediction>& predictions);

/// Every published table computed again: the counts of networks and what was predicted from them.
std::vector<TableCheck> all_table_checks(const std::vector<PublishedNetwork>& networks,
                                         const PlatformTable& platforms);

/// How many cells of each published table were reproduced.
Table check_table(const std::vector<TableCheck>& checks);

/// The cells that were not, with what they should be.
Table mismatch_table(const std::vector<TableCheck>& checks);

/// Published measured points beside their roofline.
Table achieved_table(const std::vector<Achieved>& rows);

/// A way to read the published points: which names join, and by which rule the front is taken.
struct FrontView {
  std::string name;  ///< "published names, right rule"
  std::vector<SpeedPoint> points, front;
  std::vector<std::string> impossible, unjoined;
};

/// A data set's fronts, by the published rules and by the right one; of predictions also once more with every
/// name joined. The last one is right in everything.
std::vector<FrontView> front_views(const std::string& data_set, bool measured);

/// The points of all fronts, a row each.
Table front_table(const std::vector<FrontView>& views);

}  // namespace packrat
