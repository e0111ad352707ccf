#pragma once
#include <array>

namespace packrat {

/// By channel R, G, B: a pixel p becomes (p/255 - mean) / std.
struct Normalisation {
  std::array<float, 3> mean, std;
};

/// What torchvision's networks for ImageNet are trained with.
inline constexpr Normalisation kImageNetNormalisation{{0.485F, 0.456F, 0.406F}, {0.229F, 0.224F, 0.225F}};

}  // namespace packrat
