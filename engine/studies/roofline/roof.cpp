#include "engine/studies/roofline/roof.h"

#include <algorithm>

namespace packrat {
namespace {

double memory_tops(const Roof& roof, double ops_per_byte) {
  return roof.bandwidth_gb_s / 1000 * ops_per_byte;
}

/// The first of 0.1, 1.1, 2.1, ... whose memory bound exceeds `tops`.
double first_above(const Roof& roof, double tops) {
  for (int step = 0;; ++step)
    if (const double x = step + 0.1; memory_tops(roof, x) > tops) return x;
}

}  // namespace

double attainable_tops(const Roof& roof, double ops_per_byte) {
  return std::min(roof.peak_tops, memory_tops(roof, ops_per_byte));
}

double ridge_ops_per_byte(const Roof& roof) {
  return roof.peak_tops / (roof.bandwidth_gb_s / 1000);
}

std::array<RoofPoint, 3> published_roofline(const Roof& roof) {
  constexpr double kFirstTops = 0.05, kLastIntensity = 160000;
  const double first = first_above(roof, kFirstTops), ridge = first_above(roof, roof.peak_tops);
  return {{{first, memory_tops(roof, first)}, {ridge, roof.peak_tops}, {kLastIntensity, roof.peak_tops}}};
}

}  // namespace packrat
