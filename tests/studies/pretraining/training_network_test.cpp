#include "engine/studies/pretraining/training_network.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "models/live_taps.h"
#include "tests/data/expect_error.h"
#include "tests/models/reference_resnet.h"

namespace packrat {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::int64_t kClasses = 7, kBatch = 6;
constexpr const char* kBackbones[] = {"resnet18", "resnet34"};

/// Weights in which no batch norm is the identity, and no residual branch is silent.
StateDict scrambled_weights(const Backbone& architecture) {
  StateDict state = initial_state(architecture.whole(kClasses), Rng(1));
  scramble_batch_norms(state, Rng(2));
  return state;
}

at::Tensor some_images() {
  at::manual_seed(3);
  return at::randn({kBatch, 32, 32, 3});
}

at::Tensor some_labels() {
  return at::arange(kBatch) % kClasses;
}

/// The plain ResNet with its last layer, in float64.
class WholeReference {
 public:
  WholeReference(const Backbone& architecture, const StateDict& state) : body_(architecture, Cut("4")) {
    body_.load(state);
    body_.to(at::kDouble);
    weight_ = find_tensor(state, "fc.weight")->to(at::kDouble).clone().requires_grad_(true);
    bias_ = find_tensor(state, "fc.bias")->to(at::kDouble).clone().requires_grad_(true);
  }
  at::Tensor forward(const at::Tensor& images, bool training) {
    body_.train(training);
    const at::Tensor maps = body_.forward(images.permute({0, 3, 1, 2}).to(at::kDouble));
    return at::linear(maps.mean({2, 3}), weight_, bias_);
  }
  std::map<std::string, at::Tensor> gradients() {
    std::map<std::string, at::Tensor> all{{"fc.weight", weight_.grad()}, {"fc.bias", bias_.grad()}};
    for (const auto& item : body_.named_parameters()) all[item.key()] = item.value().grad();
    return all;
  }
  std::map<std::string, at::Tensor> buffers() {
    std::map<std::string, at::Tensor> all;
    for (const auto& item : body_.named_buffers()) all[item.key()] = item.value();
    return all;
  }

 private:
  ReferenceResNet body_;
  at::Tensor weight_, bias_;
};

double relative_error(const at::Tensor& got, const at::Tensor& expected) {
  const at::Tensor exact = expected.to(at::kDouble);
  return ((got.to(at::kDouble) - exact).norm() / exact.norm().clamp_min(1e-12)).item<double>();
}

at::Tensor loss_of(const at::Tensor& logits) {
  return at::cross_entropy_loss(logits, some_labels());
}

/// A gradient of ours in torchvision's shape: live taps at their places, zeros elsewhere.
at::Tensor plain_gradient(const at::Tensor& gradient, const at::Tensor& like) {
  if (like.dim() != 4 || gradient.sizes() == like.sizes()) return gradient;
  const std::int64_t in = like.size(1), k = like.size(2), live = gradient.size(1) / in;
  if (live == k * k) return gradient.view({-1, k, k, in}).permute({0, 3, 1, 2});
  // Only two kinds of 3x3 convolutions have dead taps here: on 1x1 maps, and from 2x2 to 1x1.
  const LiveTaps taps = live == 1 ? LiveTaps(k, 1, 1) : LiveTaps(k, 2, 2);
  at::Tensor plain = at::zeros({gradient.size(0), in, k * k});
  for (std::size_t t = 0; t < taps.live.size(); ++t)
    plain.select(2, taps.live[t]).copy_(gradient.narrow(1, static_cast<std::int64_t>(t) * in, in));
  return plain.view(like.sizes());
}

TEST(TrainingNetwork, LogitsGradientsAndRunningMomentsAreThoseOfThePlainNetwork) {
  for (const char* const backbone : kBackbones) {
    SCOPED_TRACE(backbone);
    const Backbone& architecture = find_backbone(backbone);
    const StateDict state = scrambled_weights(architecture);
    TrainingNetwork network(architecture.whole(kClasses), state, at::kFloat);
    WholeReference reference(architecture, state);
    TrainingNetwork::Replica replica = network.replica();
    const at::Tensor logits = network.forward(replica, some_images(), true);
    const at::Tensor expected = reference.forward(some_images(), true);
    EXPECT_LT(relative_error(logits, expected), 1e-4);
    loss_of(logits).backward();
    loss_of(expected).backward();
    const std::map<std::string, at::Tensor> gradients = reference.gradients();
    ASSERT_EQ(gradients.size(), network.tensors().size());
    for (std::size_t i = 0; i < network.tensors().size(); ++i) {
      const at::Tensor& exact = gradients.at(network.tensors()[i].name);
      EXPECT_LT(relative_error(plain_gradient(replica.leaves[i].grad(), exact), exact), 5e-3)
          << network.tensors()[i].name;
    }
    network.running() = replica.running;
    const std::map<std::string, at::Tensor> buffers = reference.buffers();
    for (const auto& [name, tensor] : network.state(1)) {
      if (buffers.count(name) == 0) continue;
      EXPECT_LT(relative_error(tensor, buffers.at(name)), 1e-4) << name;
    }
  }
}

TEST(TrainingNetwork, InBFloat16GradientsPointTheSameWay) {
  const StateDict state = scrambled_weights(find_backbone("resnet18"));
  TrainingNetwork network(find_backbone("resnet18").whole(kClasses), state, at::kBFloat16);
  WholeReference reference(find_backbone("resnet18"), state);
  TrainingNetwork::Replica replica = network.replica();
  loss_of(network.forward(replica, some_images().to(at::kBFloat16), true)).backward();
  loss_of(reference.forward(some_images(), true)).backward();
  const std::map<std::string, at::Tensor> gradients = reference.gradients();
  for (std::size_t i = 0; i < network.tensors().size(); ++i) {
    const at::Tensor& exact = gradients.at(network.tensors()[i].name);
    const at::Tensor got = plain_gradient(replica.leaves[i].grad().to(at::kFloat), exact).to(at::kDouble);
    const double cosine = ((got * exact).sum() / (got.norm() * exact.norm())).item<double>();
    EXPECT_GT(cosine, 0.8) << network.tensors()[i].name;
  }
}

TEST(TrainingNetwork, WithoutTrainingScoresWithTheRunningMomentsAndLeavesThemAlone) {
  const StateDict state = scrambled_weights(find_backbone("resnet18"));
  const TrainingNetwork network(find_backbone("resnet18").whole(kClasses), state, at::kFloat);
  TrainingNetwork::Replica replica = network.replica();
  const at::Tensor logits = network.forward(replica, some_images(), false);
  EXPECT_FALSE(logits.requires_grad());
  EXPECT_LT(
      relative_error(logits, WholeReference(find_backbone("resnet18"), state).forward(some_images(), false)),
      1e-4);
  const StateDict after = network.state(0);
  for (std::size_t i = 0; i < replica.running.size(); ++i)
    EXPECT_TRUE(at::equal(replica.running[i].mean, network.replica().running[i].mean));
  EXPECT_TRUE(at::equal(*find_tensor(after, "bn1.running_var"), *find_tensor(state, "bn1.running_var")));
}

TEST(TrainingNetwork, StateHasTorchvisionsNamesShapesAndOrderAndTheValuesThatWentIn) {
  for (const char* const backbone : kBackbones) {
    SCOPED_TRACE(backbone);
    const Backbone& architecture = find_backbone(backbone);
    const StateDict in = scrambled_weights(architecture);
    const StateDict out = TrainingNetwork(architecture.whole(kClasses), in, at::kFloat).state(12);
    ASSERT_EQ(out.size(), in.size());
    for (std::size_t i = 0; i < in.size(); ++i) {
      EXPECT_EQ(out[i].first, in[i].first);
      EXPECT_EQ(out[i].second.sizes(), in[i].second.sizes()) << in[i].first;
      const bool counter = in[i].first.find("num_batches_tracked") != std::string::npos;
      const at::Tensor expected = counter ? at::full({}, 12, at::kLong) : in[i].second;
      EXPECT_TRUE(at::equal(out[i].second, expected)) << in[i].first;
    }
  }
}

TEST(TrainingNetwork, ReplicasShareWeightsAndNothingElse) {
  TrainingNetwork network(find_backbone("resnet18").whole(kClasses),
                          scrambled_weights(find_backbone("resnet18")), at::kFloat);
  TrainingNetwork::Replica one = network.replica(), other = network.replica();
  network.tensors()[0].working.fill_(0.25);
  EXPECT_EQ(one.leaves[0].sum().item<float>(), other.leaves[0].sum().item<float>());
  loss_of(network.forward(one, some_images(), true)).backward();
  EXPECT_TRUE(one.leaves[0].grad().defined());
  EXPECT_FALSE(other.leaves[0].grad().defined());
  EXPECT_FALSE(at::equal(one.running[0].mean, other.running[0].mean));
}

TEST(TrainingNetwork, NamesTheTensorsThatAreMissingOrDoNotFit) {
  StateDict state = scrambled_weights(find_backbone("resnet18"));
  for (auto& [name, tensor] : state) {
    if (name == "layer2.0.conv1.weight") name = "elsewhere";
    if (name == "fc.bias") tensor = at::zeros({kClasses + 1});
  }
  EXPECT_THAT(testing_data::user_error(
                  [&] { TrainingNetwork(find_backbone("resnet18").whole(kClasses), state, at::kFloat); }),
              AllOf(HasSubstr("layer2.0.conv1.weight"), HasSubstr("fc.bias")));
}

}  // namespace
}  // namespace packrat
