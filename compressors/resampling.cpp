#include "compressors/resampling.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace packrat {
namespace {

std::uint8_t rounded_byte(float value) {
  return static_cast<std::uint8_t>(std::clamp(std::nearbyint(value), 0.0f, 255.0f));
}

/// What one old pixel adds to a new one along one side.
struct AreaWeight {
  int to, from;
  float weight;
};

/// In the order of `to`, and of `from` for each. A thousandth of a pixel counts as nothing.
std::vector<AreaWeight> area_weights(int old_side, int new_side) {
  const double scale = 1.0 / (static_cast<double>(new_side) / old_side);
  std::vector<AreaWeight> weights;
  for (int to = 0; to < new_side; ++to) {
    const double begin = to * scale, end = begin + scale, covered = std::min(scale, old_side - begin);
    const int last = std::min(static_cast<int>(std::floor(end)), old_side - 1);
    const int first = std::min(static_cast<int>(std::ceil(begin)), last);
    if (first - begin > 1e-3)
      weights.push_back({to, first - 1, static_cast<float>((first - begin) / covered)});
    for (int from = first; from < last; ++from)
      weights.push_back({to, from, static_cast<float>(1.0 / covered)});
    if (end - last > 1e-3)
      weights.push_back(
          {to, last, static_cast<float>(std::min(std::min(end - last, 1.0), covered) / covered)});
  }
  return weights;
}

/// Both sides shrink by whole numbers: sums of integers. Two by two is rounded up at the half, others to
/// even.
void shrink_by_whole_numbers(const std::uint8_t* from, int width, std::uint8_t* to, int new_height,
                             int new_width, int down_y, int down_x) {
  const float scale = 1.0f / static_cast<float>(down_x * down_y);
  for (int y = 0; y < new_height; ++y)
    for (int x = 0; x < new_width; ++x) {
      int sum = 0;
      for (int j = 0; j < down_y; ++j)
        for (int i = 0; i < down_x; ++i) sum += from[(y * down_y + j) * width + x * down_x + i];
      *to++ = down_x == 2 && down_y == 2 ? static_cast<std::uint8_t>((sum + 2) >> 2)
                                         : rounded_byte(static_cast<float>(sum) * scale);
    }
}

/// Where a new pixel lies between two old ones; the second weight in 256ths.
struct Between {
  int first, second, weight;
};

std::vector<Between> between(int old_side, int new_side) {
  const double scale = 1.0 / (static_cast<double>(new_side) / old_side);
  std::vector<Between> places;
  for (int to = 0; to < new_side; ++to) {
    const double at = scale * (to + 0.5) - 0.5;
    const int first = static_cast<int>(std::floor(at));
    if (first < 0)
      places.push_back({0, 0, 0});
    else if (first >= old_side - 1)
      places.push_back({old_side - 1, old_side - 1, 0});
    else
      places.push_back({first, first + 1, static_cast<int>(std::nearbyint((at - first) * 256))});
  }
  return places;
}

}  // namespace

void shrink_plane(const std::uint8_t* from, int height, int width, std::uint8_t* to, int new_height,
                  int new_width) {
  if (height % new_height == 0 && width % new_width == 0)
    return shrink_by_whole_numbers(from, width, to, new_height, new_width, height / new_height,
                                   width / new_width);
  const std::vector<AreaWeight> columns = area_weights(width, new_width),
                                rows = area_weights(height, new_height);
  std::vector<float> line(static_cast<std::size_t>(new_width)), sum(line.size(), 0.0f);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::fill(line.begin(), line.end(), 0.0f);
    for (const AreaWeight& c : columns)
      line[static_cast<std::size_t>(c.to)] +=
          static_cast<float>(from[rows[r].from * width + c.from]) * c.weight;
    for (std::size_t x = 0; x < line.size(); ++x) sum[x] += rows[r].weight * line[x];
    if (r + 1 < rows.size() && rows[r + 1].to == rows[r].to) continue;
    to = std::transform(sum.begin(), sum.end(), to, rounded_byte);
    std::fill(sum.begin(), sum.end(), 0.0f);
  }
}

void enlarge_plane(const std::uint8_t* from, int height, int width, std::uint8_t* to, int new_height,
                   int new_width) {
  const std::vector<Between> columns = between(width, new_width), rows = between(height, new_height);
  for (const Between& row : rows)
    for (const Between& column : columns) {
      const auto across = [&](int y) {
        const std::uint8_t* line = from + y * width;
        return (256 - column.weight) * line[column.first] + column.weight * line[column.second];
      };
      const int sum = (256 - row.weight) * across(row.first) + row.weight * across(row.second);
      *to++ = static_cast<std::uint8_t>((sum + (1 << 15)) >> 16);
    }
}

}  // namespace packrat
