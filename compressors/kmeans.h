#pragma once
#include <cstdint>
#include <vector>

#include "engine/core/rng.h"

namespace packrat {

/// Centroids [clusters, dims] of `vectors` [count, dims], count >= 1, after at most `rounds` of Lloyd's
/// iteration from a k-means++ start (Arthur and Vassilvitskii 2007). A cluster that loses its last vector
/// starts again at the vector farthest from its centroid. Runs on one thread; the same for the same rng.
/// clusters <= 256. Throws Interrupted when stop_requested().
std::vector<float> kmeans(const std::vector<float>& vectors, std::int64_t dims, std::int64_t clusters,
                          int rounds, Rng rng);

}  // namespace packrat
