#include "compressors/kmeans.h"

#include <algorithm>
#include <limits>

#include "compressors/kernels/nearest.h"
#include "engine/core/error.h"
#include "engine/core/interrupt.h"

namespace packrat {
namespace {

class KMeans {
 public:
  KMeans(const std::vector<float>& vectors, std::int64_t dims, std::int64_t clusters, Rng rng)
      : vectors_(vectors),
        dims_(dims),
        clusters_(clusters),
        count_(static_cast<std::int64_t>(vectors.size()) / dims),
        rng_(std::move(rng)),
        centroids_(static_cast<std::size_t>(clusters * dims)),
        nearest_(static_cast<std::size_t>(count_), -1),
        distance_(static_cast<std::size_t>(count_), std::numeric_limits<float>::infinity()) {}

  /// Each next centroid is a vector drawn with probability proportional to its squared distance from the
  /// nearest so far.
  void start() {
    choose(0, static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(count_))));
    for (std::int64_t k = 1; k < clusters_; ++k) {
      double total = 0;
      for (const float d : distance_) total += d;
      const double place = rng_.uniform() * total;
      double passed = 0;
      std::int64_t i = 0;
      while (i + 1 < count_ && (passed += distance_[static_cast<std::size_t>(i)]) <= place) ++i;
      choose(k, i);
    }
  }

  /// One round; false when no vector changed its cluster.
  bool round() {
    if (stop_requested()) throw Interrupted("stopped while centroids were learned: nothing was kept");
    if (!assign()) return false;
    move_centroids();
    return true;
  }

  std::vector<float> take() { return std::move(centroids_); }

 private:
  const float* vector(std::int64_t i) const { return &vectors_[static_cast<std::size_t>(i * dims_)]; }
  float* centroid(std::int64_t k) { return &centroids_[static_cast<std::size_t>(k * dims_)]; }

  void choose(std::int64_t k, std::int64_t i) {
    std::copy_n(vector(i), dims_, centroid(k));
    for (std::int64_t v = 0; v < count_; ++v) {
      float d = 0;
      for (std::int64_t j = 0; j < dims_; ++j) {
        const float difference = vector(v)[j] - centroid(k)[j];
        d += difference * difference;
      }
      float& least = distance_[static_cast<std::size_t>(v)];
      least = std::min(least, d);
    }
  }

  bool assign() {
    std::vector<float> columns(centroids_.size());  // [dims, clusters]
    for (std::int64_t k = 0; k < clusters_; ++k)
      for (std::int64_t j = 0; j < dims_; ++j)
        columns[static_cast<std::size_t>(j * clusters_ + k)] = centroid(k)[j];
    bool changed = false;
    for (std::int64_t i = 0; i < count_; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const int k = kernels::nearest_centroid(vector(i), 1, dims_, columns.data(), clusters_, &distance_[at]);
      changed |= k != nearest_[at];
      nearest_[at] = k;
    }
    return changed;
  }

  void move_centroids() {
    std::vector<double> sum(centroids_.size(), 0.0);
    std::vector<std::int64_t> members(static_cast<std::size_t>(clusters_), 0);
    for (std::int64_t i = 0; i < count_; ++i) {
      const int k = nearest_[static_cast<std::size_t>(i)];
      ++members[static_cast<std::size_t>(k)];
      for (std::int64_t j = 0; j < dims_; ++j) sum[static_cast<std::size_t>(k * dims_ + j)] += vector(i)[j];
    }
    for (std::int64_t k = 0; k < clusters_; ++k) {
      const auto count = static_cast<double>(members[static_cast<std::size_t>(k)]);
      if (count == 0) {
        restart(k);
        continue;
      }
      for (std::int64_t j = 0; j < dims_; ++j)
        centroid(k)[j] = static_cast<float>(sum[static_cast<std::size_t>(k * dims_ + j)] / count);
    }
  }

  void restart(std::int64_t k) {
    const auto farthest = std::max_element(distance_.begin(), distance_.end());
    std::copy_n(vector(farthest - distance_.begin()), dims_, centroid(k));
    *farthest = 0;  // the next empty cluster takes another
  }

  const std::vector<float>& vectors_;
  std::int64_t dims_, clusters_, count_;
  Rng rng_;
  std::vector<float> centroids_;
  std::vector<int> nearest_;     // by vector: its cluster
  std::vector<float> distance_;  // by vector: squared, to its centroid
};

}  // namespace

std::vector<float> kmeans(const std::vector<float>& vectors, std::int64_t dims, std::int64_t clusters,
                          int rounds, Rng rng) {
  KMeans state(vectors, dims, clusters, std::move(rng));
  state.start();
  for (int round = 0; round < rounds && state.round(); ++round) {
  }
  return state.take();
}

}  // namespace packrat
