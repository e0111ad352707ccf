#include "compressors/kernels/nearest.h"

#include <algorithm>

namespace packrat::kernels {
namespace {

constexpr std::int64_t kLanes = 16;  // distances compared side by side

// distance[k] += (value - centroid[k])^2, or is set to it.
void add_squares(float value, const float* centroid, std::int64_t count, bool first, float* distance) {
  for (std::int64_t k = 0; k < count; ++k) {
    const float difference = value - centroid[k];
    distance[k] = (first ? 0.0f : distance[k]) + difference * difference;
  }
}

float least(const float* values, std::int64_t count) {
  float lane[kLanes];
  std::fill(lane, lane + kLanes, values[0]);
  std::int64_t k = 0;
  for (; k + kLanes <= count; k += kLanes)
    for (std::int64_t l = 0; l < kLanes; ++l) lane[l] = values[k + l] < lane[l] ? values[k + l] : lane[l];
  for (; k < count; ++k) lane[0] = values[k] < lane[0] ? values[k] : lane[0];
  return *std::min_element(lane, lane + kLanes);
}

}  // namespace

int nearest_centroid(const float* vector, std::int64_t stride, std::int64_t dims, const float* centroids,
                     std::int64_t count, float* distance) {
  float distances[kMaxCentroids];
  for (std::int64_t j = 0; j < dims; ++j)
    add_squares(vector[j * stride], centroids + j * count, count, j == 0, distances);
  const float shortest = least(distances, count);
  if (distance != nullptr) *distance = shortest;
  // A distance may be infinite, but never NaN for finite values of moderate size; the last is the answer if
  // it were.
  int k = 0;
  while (k + 1 < count && distances[k] != shortest) ++k;
  return k;
}

}  // namespace packrat::kernels
