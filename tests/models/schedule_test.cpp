#include "models/schedule.h"

#include <gtest/gtest.h>

#include "engine/topology/builder.h"

namespace packrat {
namespace {

/// Two convolutions in a row, and the input of the second added to its output.
Network residual_network() {
  NetworkBuilder b("residual", {2, 4, 4});
  const Node first = b.relu("relu1", b.convolution("conv1", kNetworkInput, {2, 1}));
  b.relu("relu2", b.add("add", b.convolution("conv2", first, {2, 1}), first));
  return std::move(b).finish();
}

TEST(Schedule, AValueIsOverwrittenOnlyWhenNobodyElseNeedsIt) {
  const std::vector<Turn> turns = schedule(residual_network());
  const std::vector<bool> overwrites{false, true, false, true, true};  // conv1, relu1, conv2, add, relu2
  ASSERT_EQ(turns.size(), overwrites.size());
  for (std::size_t i = 0; i < turns.size(); ++i) EXPECT_EQ(turns[i].overwrites, overwrites[i]) << i;
}

TEST(Schedule, AKeptValueIsNeitherOverwrittenNorFreed) {
  const int conv2 = 2;
  const std::vector<Turn> turns = schedule(residual_network(), {conv2});
  EXPECT_FALSE(turns[3].overwrites);
  for (const Turn& turn : turns)
    for (const std::size_t value : turn.frees) EXPECT_NE(value, static_cast<std::size_t>(conv2 + 1));
}

TEST(Schedule, RunsEveryLayerOnceAndHoldsNothingButTheOutput) {
  const Network network = residual_network();
  std::vector<std::size_t> order;
  const std::vector<int> values =
      run_schedule(schedule(network), 1, [&](const Turn& turn, std::vector<int>& known) {
        order.push_back(turn.place);
        int sum = 1;
        for (const std::size_t input : turn.inputs) sum += known[input];
        return sum;
      });
  EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2, 3, 4}));
  EXPECT_EQ(values, (std::vector<int>{1, 0, 0, 0, 0, 9}));
}

}  // namespace
}  // namespace packrat
