#include "engine/studies/sparsify/head_plan.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "engine/core/error.h"

namespace packrat {
namespace {

constexpr int kClasses = 7;

struct HeadCase {
  std::string kind;
  Cut cut;
};

std::vector<HeadCase> all_cases() {
  std::vector<HeadCase> cases;
  for (const char* const kind : {"resnet18", "resnet34"})
    for (const Cut& cut : find_backbone("resnet18").cuts()) cases.push_back({kind, cut});
  cases.push_back({"resnet18", Cut()});
  cases.push_back({"mlp", Cut("3")});
  return cases;
}

HeadSpec spec_of(const HeadCase& c) {
  return {c.kind, c.cut, find_backbone("resnet18").output_shape(c.cut), kClasses, HeadForm::kMatrix};
}

std::string name_of(const HeadCase& c) {
  return std::string(c.kind) + " behind " + c.cut.text();
}

at::Tensor some_maps(const HeadSpec& spec, std::int64_t count) {
  return at::rand({count, spec.in_shape[0], spec.in_shape[1], spec.in_shape[2]});
}

/// A head whose batch norms are not those of a fresh one.
Head some_head(const HeadSpec& spec) {
  Head head = make_head(spec, 3);
  head.train(true);
  const at::NoGradGuard no_grad;
  for (int i = 0; i < 3; ++i) head.forward(some_maps(spec, 4));
  StateDict state = head_state(head);
  for (auto& [name, tensor] : state)
    if (tensor.dim() == 1 && name.find("running") == std::string::npos)
      tensor.add_(at::rand(tensor.sizes()) * 0.2);
  load_head_state(head, state);
  return head;
}

SparseNetwork network_of(const Head& head) {
  const HeadSpec& spec = head.spec();
  SparseNetwork network(head_plan(spec), spec.in_shape, spec.classes, NumberField::kReal, Rng(1));
  network.load(head_plan_weights(spec, head_state(head)));
  return network;
}

TEST(HeadPlan, GivesTheLogitsOfTheHeadInEvaluationAndTraining) {
  at::manual_seed(2);
  for (const HeadCase& c : all_cases()) {
    const HeadSpec spec = spec_of(c);
    Head head = some_head(spec);
    const SparseNetwork network = network_of(head);
    const at::Tensor maps = some_maps(spec, 6);
    const at::NoGradGuard no_grad;
    head.train(false);
    EXPECT_TRUE(at::allclose(network.forward(maps, nullptr), head.forward(maps), 1e-3, 1e-4)) << name_of(c);
    head.train(true);
    const at::Tensor trained = head.forward(maps);
    Rng noise(5);
    EXPECT_TRUE(at::allclose(network.forward(maps, &noise), trained, 1e-2, 1e-3)) << name_of(c);
    head.train(false);
    EXPECT_TRUE(at::allclose(network.forward(maps, nullptr), head.forward(maps), 1e-2, 1e-3))
        << name_of(c) << ": running statistics";
  }
}

TEST(HeadPlan, CountsTheTapsThatMeetAnImageAndNeverDropsBatchNorms) {
  struct Count {
    HeadCase head;
    std::int64_t parameters, of_norms;
  };
  // Linear maps of 512 to 512; the first block takes 256 x 2 x 2, its shortcut 256.
  const std::int64_t square = 512 * 512, norm = 2 * 512, classifier = 512 * kClasses, last = 2 * kClasses;
  for (const Count& c : std::vector<Count>{
           {{"resnet34", Cut("4")}, classifier + last, last},
           {{"resnet34", Cut("3.5")}, 4 * square + 4 * norm + classifier + last, 4 * norm + last},
           {{"resnet34", Cut("3")},
            2 * square + square / 2 + 5 * square + 7 * norm + classifier + last,
            7 * norm + last},
           {{"resnet18", Cut("3")},
            2 * square + square / 2 + 3 * square + 5 * norm + classifier + last,
            5 * norm + last}}) {
    SparseNetwork network = network_of(make_head(spec_of(c.head), 3));
    EXPECT_EQ(network.count({}).parameters(), c.parameters) << name_of(c.head);
    network.begin_relevance();
    const SparsityCount none = network.count(network.relevance_masks(-1e6));
    EXPECT_EQ(none.parameters() - none.zeros(), c.of_norms) << name_of(c.head);
  }
}

TEST(HeadPlan, StateOfANetworkIsTakenBack) {
  const Head head = some_head(spec_of({"resnet18", Cut("3")}));
  SparseNetwork network = network_of(head);
  network.begin_relevance();
  network.begin_masked(network.relevance_masks(-2));
  SparseNetwork other(head_plan(head.spec()), head.spec().in_shape, kClasses, NumberField::kReal, Rng(9));
  other.load(network.state());
  const at::Tensor maps = some_maps(head.spec(), 4);
  EXPECT_TRUE(at::equal(other.forward(maps, nullptr), network.forward(maps, nullptr)));
}

TEST(HeadPlan, ABatchOfOneImageHasRunningStatistics) {
  const Head head = some_head(spec_of({"resnet18", Cut("4")}));
  const SparseNetwork network = network_of(head);
  const at::Tensor maps = some_maps(head.spec(), 1);
  Rng noise(5);
  EXPECT_TRUE(at::equal(network.forward(maps, &noise), network.forward(maps, nullptr)));
}

TEST(HeadPlan, IsReal) {
  const HeadSpec spec = spec_of({"resnet18", Cut("4")});
  EXPECT_THROW(SparseNetwork(head_plan(spec), spec.in_shape, kClasses, NumberField::kComplex, Rng(1)),
               UserError);
}

}  // namespace
}  // namespace packrat
