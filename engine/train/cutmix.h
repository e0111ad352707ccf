#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "engine/core/rng.h"

namespace packrat {

/// A rectangle [top, bottom) x [left, right) that CutMix pastes, clipped to the map.
struct CutBox {
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;
};

/// How one batch is mixed: image i gets the box of image partner[i]; its loss is kept_share * loss(own label)
/// + (1 - kept_share) * loss(partner's label).
struct CutMixPlan {
  std::vector<std::int64_t> partner;
  CutBox box;
  double kept_share = 1.0;  ///< lambda after correction to the exact area of the clipped box
};

/// Draws a plan (Yun et al., ICCV 2019): lambda ~ Beta(alpha, alpha), a box of area 1 - lambda centred
/// uniformly in the map, lambda then set to the exact share of cells outside the clipped box.
CutMixPlan plan_cutmix(std::int64_t batch, std::int64_t height, std::int64_t width, double alpha, Rng& rng);

/// maps: [B, C, H, W], any dtype and device, changed in place.
void apply_cutmix(const CutMixPlan& plan, at::Tensor maps);

}  // namespace packrat
