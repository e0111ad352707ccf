#include "engine/train/cutmix.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace packrat {
namespace {

/// The span of `size` cells around `centre`, clipped to [0, limit).
std::pair<std::int64_t, std::int64_t> clipped_span(std::int64_t centre, std::int64_t size,
                                                   std::int64_t limit) {
  return {std::clamp<std::int64_t>(centre - size / 2, 0, limit),
          std::clamp<std::int64_t>(centre + size / 2, 0, limit)};
}

}  // namespace

CutMixPlan plan_cutmix(std::int64_t batch, std::int64_t height, std::int64_t width, double alpha, Rng& rng) {
  CutMixPlan plan;
  plan.partner = rng.permutation(batch);
  const double side = std::sqrt(1.0 - rng.beta(alpha, alpha));
  const auto cut_height = static_cast<std::int64_t>(static_cast<double>(height) * side);
  const auto cut_width = static_cast<std::int64_t>(static_cast<double>(width) * side);
  const auto centre_y = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(height)));
  const auto centre_x = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(width)));
  std::tie(plan.box.top, plan.box.bottom) = clipped_span(centre_y, cut_height, height);
  std::tie(plan.box.left, plan.box.right) = clipped_span(centre_x, cut_width, width);
  const std::int64_t area = (plan.box.bottom - plan.box.top) * (plan.box.right - plan.box.left);
  plan.kept_share = 1.0 - static_cast<double>(area) / static_cast<double>(height * width);
  return plan;
}

void apply_cutmix(const CutMixPlan& plan, at::Tensor maps) {
  using at::indexing::Slice;
  const CutBox& box = plan.box;
  if (box.top == box.bottom || box.left == box.right) return;
  const at::Tensor partner = at::tensor(plan.partner, at::kLong).to(maps.device());
  const at::Tensor window =
      maps.index({Slice(), Slice(), Slice(box.top, box.bottom), Slice(box.left, box.right)});
  window.copy_(window.index_select(0, partner));
}

}  // namespace packrat
