#include "engine/topology/recognition.h"

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/topology/counting.h"

namespace packrat {
namespace {

std::int64_t parameters_of(const NetworkInfo& row, std::int64_t classes) {
  return count_network(row.build(row.input, classes), find_counting_rule("strict")).parameters;
}

// Heads that are one network: without any block, and mlps that take as many values.
std::string first_of_its_kind(const std::string& name) {
  if (name == "resnet34-head-4") return "resnet18-head-4";
  if (name == "mlp-head-3") return "mlp-head-2.5";
  if (name == "mlp-head-4") return "mlp-head-3.5";
  return name;
}

TEST(RecognitionTest, EveryClassifierIsToldByItsTensors) {
  for (const NetworkInfo& row : networks()) {
    if (row.classes == 0) continue;
    std::vector<TensorShape> checkpoint = state_shapes(row.build(row.input, 37));
    checkpoint.push_back({"anywhere.num_batches_tracked", {}});
    const Recognition found = recognise_network(checkpoint);
    EXPECT_EQ(found.network->name, first_of_its_kind(row.name));
    EXPECT_EQ(found.classes, 37) << row.name;
    EXPECT_EQ(parameters_of(*found.network, 37), parameters_of(row, 37)) << row.name;
    EXPECT_TRUE(found.extra.empty()) << row.name;
  }
}

TEST(RecognitionTest, AuxiliaryHeadsAndSharedBytesOfCodecsAreListedAndNotCounted) {
  const NetworkInfo& row = find_network("googlenet");
  std::vector<TensorShape> checkpoint = state_shapes(row.build(row.input, 1000));
  checkpoint.push_back({"aux1.fc1.weight", {1024, 2048}});
  checkpoint.push_back({"codec.shared", {8}});
  const Recognition found = recognise_network(checkpoint);
  EXPECT_EQ(found.network, &row);
  EXPECT_EQ(found.extra, (std::vector<std::string>{"aux1.fc1.weight", "codec.shared"}));
}

std::string refusal(const std::vector<TensorShape>& checkpoint) {
  try {
    recognise_network(checkpoint);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(RecognitionTest, ADifferenceIsAUserErrorThatNamesTheNearestNetworkAndTheTensor) {
  const NetworkInfo& row = find_network("resnet34");
  const std::vector<TensorShape> whole = state_shapes(row.build(row.input, 10));
  const auto expect_refusal = [&](std::vector<TensorShape> altered, const char* tensor) {
    const std::string message = refusal(altered);
    EXPECT_NE(message.find("resnet34"), std::string::npos) << message;
    EXPECT_NE(message.find(tensor), std::string::npos) << message;
  };
  auto altered = whole;
  altered.pop_back();
  expect_refusal(altered, "fc.bias");
  altered = whole;
  altered.push_back({"layer3.6.conv1.weight", {256, 256, 3, 3}});
  expect_refusal(altered, "layer3.6.conv1.weight");
  altered = whole;
  altered[0].shape = {64, 1, 7, 7};
  expect_refusal(altered, "conv1.weight");
}

TEST(RecognitionTest, NothingIsNoNetwork) {
  EXPECT_NE(refusal({}), "");
  EXPECT_NE(refusal({{"fc.weight", {}}, {"fc.bias", {0}}}), "");
}

}  // namespace
}  // namespace packrat
