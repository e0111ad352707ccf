#pragma once
#include <cstdint>

namespace packrat {

// Planes of bytes made smaller and larger, to the same bytes as OpenCV's resize() (tests/compressors), which
// libraries without OpenCV have, too. `from` and `to` are [height, width] without gaps.

/// Averages of the areas that the new pixels cover (INTER_AREA). The new sides are at most the old ones, at
/// least 1.
void shrink_plane(const std::uint8_t* from, int height, int width, std::uint8_t* to, int new_height,
                  int new_width);

/// Bilinear interpolation in fixed point (INTER_LINEAR_EXACT).
void enlarge_plane(const std::uint8_t* from, int height, int width, std::uint8_t* to, int new_height,
                   int new_width);

}  // namespace packrat
