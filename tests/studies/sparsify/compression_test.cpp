#include "engine/studies/sparsify/compression.h"

#include <gtest/gtest.h>

#include <cmath>

namespace packrat {
namespace {

/// SimpleConv on 28x28 images of 10 classes with `zeros` weights dropped.
SparsityCount simple_conv(std::int64_t zeros) {
  return {{{"conv1.weight", 500, 0},
           {"conv1.bias", 20, 0},
           {"conv2.weight", 25000, 0},
           {"conv2.bias", 50, 0},
           {"fc1.weight", 400000, zeros},
           {"fc1.bias", 500, 0},
           {"fc2.weight", 5000, 0},
           {"fc2.bias", 10, 0}}};
}

TEST(Compression, CountsWeightsAndBiasesOfSimpleConv) {
  EXPECT_EQ(simple_conv(0).parameters(), 431080);
  EXPECT_EQ(simple_conv(0).compression(), 1.0);
  EXPECT_EQ(simple_conv(215540).compression(), 2.0);
  EXPECT_EQ(simple_conv(400000).zeros(), 400000);
  EXPECT_DOUBLE_EQ(simple_conv(400000).tensors[4].sparsity(), 1.0);
}

TEST(Compression, IsBoundedByTheBiases) {
  SparsityCount count = simple_conv(0);
  for (std::size_t i = 0; i < count.tensors.size(); i += 2)
    count.tensors[i].zeros = count.tensors[i].parameters;
  EXPECT_NEAR(count.compression(), 743.2, 0.05);
}

TEST(Compression, OfNothingLeftIsInfinite) {
  EXPECT_TRUE(std::isinf(SparsityCount{{{"weight", 5, 5}}}.compression()));
}

}  // namespace
}  // namespace packrat
