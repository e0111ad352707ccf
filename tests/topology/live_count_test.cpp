#include <ATen/ATen.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/topology/counting.h"
#include "engine/topology/networks.h"
#include "models/encoder.h"
#include "models/head.h"
#include "models/initial_weights.h"
#include "tests/topology/live_counter.h"

namespace packrat {
namespace {

// The descriptions of our own networks beside the modules that run: what LibTorch multiplies is counted while
// it does.

constexpr std::int64_t kImages = 2;

NetworkCount described(const std::string& name, std::int64_t classes, const char* rule) {
  const NetworkInfo& row = find_network(name);
  return count_network(row.build(row.input, classes), find_counting_rule(rule));
}

void expect_agreement(const std::string& name, std::int64_t classes, const LiveCounter::Counts& live,
                      std::int64_t parameters) {
  EXPECT_EQ(live.strict(), kImages * described(name, classes, "strict").macs) << name;
  EXPECT_EQ(live.thop(), kImages * described(name, classes, "thop-2020").macs) << name;
  EXPECT_EQ(parameters, described(name, classes, "strict").parameters) << name;
}

TEST(LiveCountTest, EncodersRunWhatTheirDescriptionsCount) {
  for (const Backbone& architecture : backbones()) {
    const StateDict weights = initial_state(architecture.whole(10), Rng(1));
    for (const Cut& cut : architecture.cuts()) {
      const Encoder encoder(architecture, cut, weights);
      const LiveCounter counter;
      encoder.forward(at::zeros({kImages, 3, 32, 32}));
      const auto name = std::string(architecture.name()) + "-encoder-" + cut.text();
      expect_agreement(name, 0, LiveCounter::counts(), encoder.parameter_bytes() / 4);
      const auto [channels, height, width] = encoder.output_shape();
      EXPECT_EQ(build_network(name).output(), (MapShape{channels, height, width})) << name;
    }
  }
}

std::vector<Cut> cuts_and_none(const Backbone& backbone) {
  std::vector<Cut> cuts = backbone.cuts();
  cuts.insert(cuts.begin(), Cut());
  return cuts;
}

/// The state dict holds the described tensors and, besides them, batch norms' counters.
void expect_tensors(const StateDict& state, const Network& network) {
  std::size_t counters = 0;
  for (const auto& [name, value] : state) counters += value.dim() == 0 ? 1 : 0;
  const std::vector<TensorShape> shapes = state_shapes(network);
  EXPECT_EQ(shapes.size(), state.size() - counters) << network.name;
  for (const TensorShape& expected : shapes) {
    const at::Tensor* const tensor = find_tensor(state, expected.name);
    ASSERT_NE(tensor, nullptr) << network.name << " " << expected.name;
    EXPECT_EQ(tensor->sizes().vec(), expected.shape) << network.name << " " << expected.name;
  }
}

TEST(LiveCountTest, HeadsRunAndHoldWhatTheirDescriptionsCount) {
  constexpr int kClasses = 37;
  for (const std::string& kind : head_kinds()) {
    if (kind == "mlp_bn" || kind == "linear") continue;  // not among the networks that are listed
    const Backbone& backbone = takes_any_maps(kind) ? backbones().front() : find_backbone(kind);
    for (const Cut& cut : cuts_and_none(backbone)) {
      const HeadSpec spec{kind, cut, backbone.output_shape(cut), kClasses, HeadForm::kPlain};
      Head head = make_head(spec, 1);
      const auto& [channels, height, width] = spec.in_shape;
      const auto name = std::string(kind) + "-head-" + cut.text();
      const NetworkInfo& row = find_network(name);
      EXPECT_EQ(row.input, (MapShape{channels, height, width})) << name;
      std::int64_t parameters = 0;
      for (const at::Tensor& tensor : head.parameters()) parameters += tensor.numel();
      const LiveCounter counter;
      head.forward(at::zeros({kImages, channels, height, width}));
      expect_agreement(name, kClasses, LiveCounter::counts(), parameters);
      expect_tensors(head_state(head), row.build(row.input, kClasses));
    }
  }
}

TEST(LiveCountTest, FreshBackbonesHoldTheDescribedTensors) {
  for (const Backbone& architecture : backbones())
    expect_tensors(initial_state(architecture.whole(1000), Rng(1)), build_network(architecture.name()));
}

}  // namespace
}  // namespace packrat
