#pragma once
#include <array>

namespace packrat {

/// What bounds a platform at one precision: the roofline model (Williams, Waterman, Patterson: Roofline,
/// CACM 52(4), 2009). An operation is one of the two of a multiply-add.
struct Roof {
  double peak_tops = 0;       ///< 10^12 operations a second
  double bandwidth_gb_s = 0;  ///< 10^9 bytes a second
};

/// min(peak, bandwidth x intensity), in 10^12 operations a second.
double attainable_tops(const Roof& roof, double ops_per_byte);

/// The intensity from which on the peak bounds, not the memory: peak / bandwidth, in operations a byte.
double ridge_ops_per_byte(const Roof& roof);

/// A corner of a drawn roofline.
struct RoofPoint {
  double ops_per_byte = 0, tops = 0;
};

/// The three points that QuTiBench draws a roofline through. Intensity goes in steps of one from 0.1: the
/// first that attains more than 0.05, the first whose memory bound exceeds the peak, and 160000. So the drawn
/// ridge lies up to one operation a byte to the right of ridge_ops_per_byte().
std::array<RoofPoint, 3> published_roofline(const Roof& roof);

}  // namespace packrat
