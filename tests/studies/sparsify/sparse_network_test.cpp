#include "engine/studies/sparsify/sparse_network.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "engine/core/error.h"

namespace packrat {
namespace {

SparseNetwork network(const std::string& name, NumberField field, std::int64_t side = 28) {
  return {find_network_plan(name), {1, side, side}, 10, field, Rng(1)};
}

struct Count {
  std::string name;
  std::int64_t parameters, biases;
};

TEST(SparseNetwork, HasThePublishedNumbersOfParameters) {
  for (const Count& c : std::vector<Count>{{"simpleconv", 431080, 580}, {"twolayerdense", 3256330, 4106}})
    for (const NumberField field : {NumberField::kReal, NumberField::kComplex}) {
      SparseNetwork net = network(c.name, field);
      const std::int64_t parts = field == NumberField::kComplex ? 2 : 1;
      EXPECT_EQ(net.count({}).parameters(), parts * c.parameters) << c.name;
      EXPECT_EQ(net.count({}).compression(), 1) << c.name;
      net.begin_relevance();
      const SparsityCount none_left = net.count(net.relevance_masks(-1e6));
      EXPECT_EQ(none_left.parameters() - none_left.zeros(), parts * c.biases) << c.name;
    }
}

TEST(SparseNetwork, GivesAClassesLogitsForEachImage) {
  for (const NetworkPlan& plan : network_plans())
    for (const NumberField field : {NumberField::kReal, NumberField::kComplex}) {
      const at::Tensor logits = network(plan.name, field).forward(at::zeros({3, 1, 28, 28}), {});
      EXPECT_EQ(logits.sizes(), (std::vector<std::int64_t>{3, 10})) << plan.name;
    }
}

TEST(SparseNetwork, ComesBackFromItsStateInEveryStage) {
  at::manual_seed(2);
  const at::Tensor images = at::randn({5, 1, 16, 16});
  for (const NumberField field : {NumberField::kReal, NumberField::kComplex})
    for (int stage = 0; stage < 3; ++stage) {
      SparseNetwork net = network("simpleconv", field, 16);
      if (stage > 0) net.begin_relevance();
      if (stage > 1) net.begin_masked(net.relevance_masks(-5));
      SparseNetwork other(find_network_plan("simpleconv"), {1, 16, 16}, 10, field, Rng(2));
      other.load(net.state());
      EXPECT_TRUE(at::equal(net.forward(images, nullptr), other.forward(images, nullptr)))
          << "stage " << stage;
      EXPECT_EQ(net.log_sigma2().size(), other.log_sigma2().size()) << "stage " << stage;
      EXPECT_EQ(net.masks().size(), other.masks().size()) << "stage " << stage;
    }
}

TEST(SparseNetwork, RefusesAStateOfAnotherNetwork) {
  SparseNetwork net = network("simpleconv", NumberField::kReal, 16);
  EXPECT_THROW(net.load(network("simpleconv", NumberField::kReal, 28).state()), UserError);
  EXPECT_THROW(net.load(network("simpleconv", NumberField::kComplex, 16).state()), UserError);
  EXPECT_THROW(net.load({}), UserError);
}

TEST(SparseNetwork, RefusesUnknownNamesAndSmallImages) {
  EXPECT_THROW(find_network_plan("vgg16"), UserError);
  EXPECT_THROW(network("simpleconv", NumberField::kReal, 15), UserError);
}

}  // namespace
}  // namespace packrat
