#include "engine/studies/sparsify/pooled_relu.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

namespace packrat {
namespace {

TEST(PooledRelu, IsTheReluAveragedWithItsGradient) {
  at::manual_seed(4);
  for (const std::int64_t side : {1, 2, 3, 5})
    for (const std::int64_t width : {5, 12, 23}) {
      const at::Tensor x = at::randn({3, 2, 11, width}).requires_grad_();
      const at::Tensor y = pooled_relu(x, side), expected = at::avg_pool2d(x.relu(), side);
      ASSERT_EQ(y.sizes(), expected.sizes());
      EXPECT_TRUE(at::allclose(y, expected, 1e-5, 1e-6)) << side << " " << width;
      const at::Tensor by_y = at::randn_like(y);
      EXPECT_TRUE(at::allclose(torch::autograd::grad({y}, {x}, {by_y})[0],
                               torch::autograd::grad({expected}, {x}, {by_y})[0], 1e-5, 1e-6))
          << side << " " << width;
    }
}

}  // namespace
}  // namespace packrat
