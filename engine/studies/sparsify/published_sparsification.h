#pragma once
#include <string>
#include <tuple>
#include <vector>

namespace packrat {

/// A network on a data set, without a method: what a panel of a figure shows.
struct SparsifiedNetwork {
  std::string dataset, model;  ///< "fashion-mnist", "simpleconv"
  bool complex = false;

  /// "simpleconv", "complex simpleconv".
  std::string network() const { return (complex ? "complex " : "") + model; }
  bool operator==(const SparsifiedNetwork& o) const {
    return std::tie(dataset, model, complex) == std::tie(o.dataset, o.model, o.complex);
  }
};

/// One published replicate. Accuracies are fractions of the test set.
struct PublishedTradeoff {
  SparsifiedNetwork network;
  std::string method;  ///< "vd", "ard"
  double compression = 0, before = 0, after = 0;
};

/// Five published replicates of one C, which was inferred from their rank.
struct PublishedMedian {
  SparsifiedNetwork network;
  std::string method;
  double c = 0, least_compression = 0, compression = 0, greatest_compression = 0, before = 0, after = 0;
};

/// The published dense networks.
struct PublishedDense {
  SparsifiedNetwork network;
  std::string method;
  double least = 0, median = 0, greatest = 0;
};

/// Epochs of fine-tuning until early stopping ended it, of five replicates on MusicNet.
struct PublishedStop {
  std::string method;
  double c = 0, least = 0, median = 0, greatest = 0;
};

/// The same, a replicate a row.
struct PublishedStopPoint {
  std::string method;
  double compression = 0, epochs = 0;
};

/// The tables of data/vdard.
struct PublishedSparsification {
  std::vector<PublishedTradeoff> tradeoffs;
  std::vector<PublishedMedian> medians;
  std::vector<PublishedDense> dense;
  std::vector<PublishedStop> stops;
  std::vector<PublishedStopPoint> stop_points;
};

/// UserError when a table is missing or damaged.
PublishedSparsification load_published_sparsification();

}  // namespace packrat
