#pragma once
#include <string>
#include <vector>

#include "engine/studies/roofline/prediction.h"
#include "engine/studies/roofline/table_check.h"

namespace packrat {

/// A non-empty cell of a published table of predictions, under the labels it has there.
struct PublishedCell {
  std::string platform_label, network_label;  ///< "ZCU104-FINN-INT2", "MLP_25%_INT2"
  std::string listed;                         ///< as printed
};

/// The cells of the three tables of snapshot_2e994bd that list inputs a second, of one data set: 51 of
/// imagenet, 44 of cifar, 52 of mnist.
std::vector<PublishedCell> published_cells(const std::string& data_set);

/// Computes every cell again: attainable rates of the snapshot, inputs a second of the snapshot and of the
/// final state, and the points and network lines of the roofline file.
std::vector<TableCheck> check_published_tables(const std::vector<PublishedNetwork>& networks,
                                               const PlatformTable& platforms);

}  // namespace packrat
