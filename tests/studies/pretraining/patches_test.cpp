#include "engine/studies/pretraining/patches.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace packrat {
namespace {

constexpr std::int64_t kPatchImages = 3;

struct Place {
  std::int64_t channels, kernel, stride, side;
};

// Every kind of convolution that a ResNet has on 32x32 images, and odd sides.
const Place kPlaces[] = {{3, 7, 2, 32}, {4, 3, 1, 8}, {4, 3, 2, 8}, {4, 1, 2, 8}, {5, 3, 1, 2},
                         {5, 3, 2, 2},  {5, 1, 2, 2}, {5, 3, 1, 1}, {5, 1, 1, 1}, {2, 3, 2, 5}};

std::string text(const Place& p) {
  return std::to_string(p.kernel) + "x" + std::to_string(p.kernel) + " stride " + std::to_string(p.stride) +
         " on side " + std::to_string(p.side);
}

/// Small whole numbers: sums are exact in float32 and, where they stay small, in bfloat16.
at::Tensor whole_numbers(at::IntArrayRef shape, std::int64_t limit) {
  return at::randint(-limit, limit + 1, shape, at::kFloat);
}

/// LibTorch's patches, tap by tap, dead taps left out: [B * positions, width].
at::Tensor expected_patches(const PatchPlan& plan, const Place& p, const at::Tensor& maps) {
  const at::Tensor columns =  // [B, channels * taps, positions]
      at::im2col(maps.permute({0, 3, 1, 2}).contiguous(), {p.kernel, p.kernel}, {1, 1},
                 {p.kernel / 2, p.kernel / 2}, {p.stride, p.stride});
  const at::Tensor by_tap = columns.view({maps.size(0), p.channels, p.kernel * p.kernel, plan.positions()})
                                .index_select(2, at::tensor(plan.taps().live, at::kLong));
  return by_tap.permute({0, 3, 2, 1}).reshape({-1, plan.width()});
}

TEST(Patches, AreLibTorchsWithoutTheDeadTaps) {
  at::manual_seed(1);
  for (const Place& p : kPlaces) {
    const PatchPlan plan(p.channels, p.kernel, p.stride, p.side);
    const at::Tensor maps = whole_numbers({kPatchImages, p.side, p.side, p.channels}, 9);
    const at::Tensor expected = expected_patches(plan, p, maps);
    EXPECT_TRUE(at::equal(plan.unfold(maps), expected)) << text(p);
    EXPECT_TRUE(at::equal(plan.unfold(maps.to(at::kBFloat16)), expected.to(at::kBFloat16)))
        << text(p) << ", bfloat16";
  }
}

TEST(Patches, ATapIsDeadWhenItMeetsOnlyPadding) {
  for (const Place& p : kPlaces) {
    const PatchPlan plan(p.channels, p.kernel, p.stride, p.side);
    const at::Tensor all = at::im2col(at::ones({1, 1, p.side, p.side}), {p.kernel, p.kernel}, {1, 1},
                                      {p.kernel / 2, p.kernel / 2}, {p.stride, p.stride});
    const at::Tensor meets = all[0].sum(1);  // by tap: how many positions it meets an input at
    for (const std::int64_t tap : plan.taps().live) EXPECT_GT(meets[tap].item<float>(), 0) << text(p);
    for (const std::int64_t tap : plan.taps().dead) EXPECT_EQ(meets[tap].item<float>(), 0) << text(p);
    EXPECT_EQ(plan.taps().live.size() + plan.taps().dead.size(),
              static_cast<std::size_t>(p.kernel * p.kernel));
  }
}

// <unfold(x), y> = <x, fold(y)> for all x and y: fold is the derivative of unfold.
TEST(Patches, FoldingIsTheAdjointOfUnfolding) {
  at::manual_seed(2);
  for (const Place& p : kPlaces) {
    const PatchPlan plan(p.channels, p.kernel, p.stride, p.side);
    const at::Tensor maps = whole_numbers({kPatchImages, p.side, p.side, p.channels}, 9);
    const at::Tensor patches = whole_numbers({kPatchImages * plan.positions(), plan.width()}, 2);
    const auto product = [](const at::Tensor& a, const at::Tensor& b) {
      return (a.to(at::kDouble) * b.to(at::kDouble)).sum().item<double>();
    };
    const double there = product(plan.unfold(maps), patches);
    EXPECT_EQ(there, product(maps, plan.fold(patches))) << text(p);
    EXPECT_EQ(there, product(maps, plan.fold(patches.to(at::kBFloat16)))) << text(p) << ", bfloat16";
  }
}

}  // namespace
}  // namespace packrat
