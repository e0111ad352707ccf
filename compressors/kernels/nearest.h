#pragma once
#include <cstdint>

namespace packrat::kernels {

constexpr std::int64_t kMaxCentroids = 256;

/// The centroid with the least squared distance to a vector; the first of equals. vector: element j at
/// vector[j * stride]. centroids: [dims, count], element j of all centroids side by side; count <=
/// kMaxCentroids. Distances are float32, dimensions added in order, so that every machine chooses the same.
/// distance: that of the chosen one, when not null. Allocates nothing and never throws.
int nearest_centroid(const float* vector, std::int64_t stride, std::int64_t dims, const float* centroids,
                     std::int64_t count, float* distance = nullptr);

}  // namespace packrat::kernels
