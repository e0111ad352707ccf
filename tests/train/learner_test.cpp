#include "engine/train/learner.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "compressors/codec.h"
#include "compressors/kernels/cuda/device.h"
#include "engine/core/interrupt.h"
#include "engine/train/cutmix.h"
#include "engine/train/evaluation.h"
#include "tests/data/expect_error.h"
#include "tests/train/toy_training.h"

namespace packrat {
namespace {
using ::testing::HasSubstr;
using testing_data::user_error;

constexpr int kClasses = 4;

void expect_equal(const StateDict& got, const StateDict& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].first, expected[i].first);
    EXPECT_TRUE(at::equal(got[i].second, expected[i].second)) << got[i].first << " differs";
  }
}

bool equal(const StateDict& a, const StateDict& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!at::equal(a[i].second, b[i].second)) return false;
  return a.size() == b.size();
}

StateDict trained(const LearnerOptions& options, const ReplayBuffer& buffer, std::uint64_t seed, int passes) {
  Learner learner(options, Rng(seed));
  for (int pass = 0; pass < passes; ++pass) learner.finish_pass(buffer);
  return learner.state();
}

TEST(Learner, TheSameSeedGivesTheSameBitsWhateverLibTorchsThreads) {
  const ReplayBuffer buffer = toy_buffer(kClasses, 50);
  at::set_num_threads(1);
  const StateDict one = trained(toy_options(kClasses), buffer, 3, 4);
  at::set_num_threads(2);
  expect_equal(trained(toy_options(kClasses), buffer, 3, 4), one);
}

TEST(Learner, TrainsOnEntriesOnADeviceAsOnThoseOfThisProcess) {
  const auto codec =
      std::make_shared<const Codec>(make_codec("quantize:states=16,range=local", feature_domain(8, 2)));
  const ReplayBuffer here = toy_buffer(codec, kClasses, 50);
  std::vector<std::uint8_t> memory;
  here.visit_memory(
      [&](ByteView piece) { memory.insert(memory.end(), piece.data, piece.data + piece.size); });
  const ReplayBuffer there =
      ReplayBuffer::from_memory(codec, kClasses, here.budget(), make_sampler("greedy"),
                                {memory.data(), memory.size()}, {}, kernels::cuda::host_device());
  ASSERT_TRUE(there.is_on_device());
  expect_equal(trained(toy_options(kClasses), there, 3, 4), trained(toy_options(kClasses), here, 3, 4));
}

TEST(Learner, AnotherSeedGivesOtherWeights) {
  const ReplayBuffer buffer = toy_buffer(kClasses, 50);
  EXPECT_FALSE(
      equal(trained(toy_options(kClasses), buffer, 3, 1), trained(toy_options(kClasses), buffer, 4, 1)));
}

TEST(Learner, LearnsAProblemThatCanBeSeparated) {
  const ReplayBuffer memory = toy_buffer(kClasses, 80, 1), fresh = toy_buffer(kClasses, 200, 2);
  Learner learner(toy_options(kClasses), Rng(1));
  double first_loss = 0;
  for (int pass = 0; pass < 16; ++pass) {
    learner.finish_pass(memory);
    if (pass == 0) first_loss = learner.mean_loss();
  }
  EXPECT_LT(learner.mean_loss(), first_loss / 4);

  std::vector<std::int64_t> slots(200);
  std::vector<float> rows(200 * 32);
  LabelledRows set{ConstRows(rows.data(), 200, 32), {}};
  for (std::int64_t slot = 0; slot < 200; ++slot) {
    slots[static_cast<std::size_t>(slot)] = slot;
    set.labels.push_back(static_cast<std::uint16_t>(fresh.label(slot)));
  }
  fresh.decode(slots, {rows.data(), 200, 32});
  EXPECT_GT(evaluate(learner.head(), set, {1, 1, "cpu"}).all_classes, 0.9);
}

TEST(Learner, ALastBatchOfOneEntryJoinsTheOneBeforeIt) {
  struct LastBatch {
    std::int64_t entries, batch_size;
    std::vector<std::int64_t> batches;
  };
  for (const LastBatch& c :
       {LastBatch{17, 16, {17}}, LastBatch{18, 16, {16, 2}}, LastBatch{16, 16, {16}},
        LastBatch{33, 16, {16, 17}}, LastBatch{2, 16, {2}}, LastBatch{5, 2, {2, 3}}, LastBatch{3, 2, {3}},
        LastBatch{48, 16, {16, 16, 16}}, LastBatch{31, 16, {16, 15}}}) {
    std::vector<std::int64_t> batches;
    const ReplayBuffer buffer =
        toy_buffer(2, c.entries, 1, [&](std::int64_t count) { batches.push_back(count); });
    LearnerOptions options = toy_options(2);
    options.batch_size = c.batch_size;
    Learner learner(options, Rng(1));
    learner.finish_pass(buffer);
    EXPECT_EQ(batches, c.batches) << c.entries << " entries in batches of " << c.batch_size;
    EXPECT_EQ(learner.position().pass, 1);
    EXPECT_EQ(learner.position().step, 0);
  }
}

TEST(Learner, RefusesABufferOfFewerThanTwoEntries) {
  for (const std::int64_t entries : {0, 1}) {
    Learner learner(toy_options(kClasses), Rng(1));
    EXPECT_THAT(
        user_error([&] { learner.finish_pass(toy_buffer(kClasses, entries)); }),
        ::testing::AllOf(HasSubstr(std::to_string(entries) + " entries"), HasSubstr("--memory_size")));
  }
}

TEST(Learner, RefusesALossThatIsNotANumberAndNamesTheRemedy) {
  LearnerOptions options = toy_options(kClasses);
  options.lr = {1e30, 1e29};
  Learner learner(options, Rng(1));
  const ReplayBuffer buffer = toy_buffer(kClasses, 64);
  EXPECT_THAT(user_error([&] {
                for (int pass = 0; pass < 10; ++pass) learner.finish_pass(buffer);
              }),
              ::testing::AllOf(HasSubstr("loss"), HasSubstr("--maxlr")));
}

/// Sets stop_requested() when the given number of batches has been read; clears it at the end.
class StopAfter {
 public:
  explicit StopAfter(int batches) : left_(batches) {}
  ~StopAfter() { stop_requested() = false; }
  StopAfter(const StopAfter&) = delete;
  StopAfter& operator=(const StopAfter&) = delete;
  void operator()() {
    if (--left_ == 0) stop_requested() = true;
  }

 private:
  int left_;
};

/// The state after `passes` passes, by two learners: the first is stopped by the codec somewhere, the
/// second is restored from what the first has to tell. Also the position where it stopped.
std::pair<StateDict, LearnerPosition> interrupted(const LearnerOptions& options,
                                                  std::shared_ptr<const Codec> codec, int passes) {
  const ReplayBuffer buffer = toy_buffer(std::move(codec), kClasses, 70);
  Learner first(options, Rng(9));
  EXPECT_THROW(
      {
        for (int pass = 0; pass < passes; ++pass) first.finish_pass(buffer);
      },
      Interrupted);
  stop_requested() = false;
  const LearnerPosition position = first.position();
  Learner second(options, Rng(9));
  second.restore(first.state(), position);
  while (second.position().pass < passes) second.finish_pass(buffer);
  return {second.state(), position};
}

/// A head with dropout, trained in one cycle.
LearnerOptions dropout_options(std::int64_t passes) {
  LearnerOptions options = toy_options(kClasses);
  options.head.kind = "mlp_bn";
  options.head.hidden = 24;
  options.head.dropout = 0.5;
  options.lr = {0.1, 0, passes};
  return options;
}

TEST(Learner, DropsOutTheSameForAnyThreadsAndOthersInEveryStep) {
  const ReplayBuffer buffer = toy_buffer(kClasses, 50);
  at::set_num_threads(1);
  const StateDict one = trained(dropout_options(4), buffer, 3, 4);
  at::set_num_threads(2);
  expect_equal(trained(dropout_options(4), buffer, 3, 4), one);
  LearnerOptions frozen = dropout_options(3);
  frozen.lr = {0, 0};
  frozen.batch_size = 50;
  frozen.cutmix.reset();
  Learner learner(frozen, Rng(3));
  std::set<double> losses;  // of fresh weights and the same batch, but for what is left out
  for (int pass = 0; pass < 3; ++pass) {
    learner.finish_pass(buffer);
    losses.insert(std::round(learner.mean_loss() * 1e4));
  }
  EXPECT_EQ(losses.size(), 3U);
}

struct HeadCase {
  std::string kind;
  const char* cut;
};

TEST(Learner, GivesTheSameBitsForAnyNumberOfThreadsAlsoWhenTheyChangeOnTheWay) {
  for (const HeadCase& c :
       {HeadCase{"mlp_bn", "none"}, HeadCase{"resnet18", "3"}, HeadCase{"resnet18", "2.5"}}) {
    SCOPED_TRACE(::testing::Message() << c.kind << " behind cut " << c.cut);
    LearnerOptions options = dropout_options(2);
    Domain domain = feature_domain(8, 2);
    if (!takes_any_maps(c.kind)) {
      domain.shape = find_backbone("resnet18").output_shape(Cut(c.cut));
      options.head = {c.kind, Cut(c.cut), domain.shape, kClasses};
    }
    const ReplayBuffer buffer = toy_buffer(watched_codec(domain, {}), kClasses, 39);  // 16, 16 and 7
    const StateDict one = trained(options, buffer, 5, 2);
    for (const int threads : {2, 7}) {
      options.threads = threads;
      expect_equal(trained(options, buffer, 5, 2), one);
    }
    Learner first(options, Rng(5));
    first.finish_pass(buffer);
    options.threads = 1;
    Learner second(options, Rng(5));
    second.restore(first.state(), first.position());
    second.finish_pass(buffer);
    expect_equal(second.state(), one);
  }
}

TEST(Learner, StoppedAtAnyStepAndRestoredItGoesOnToTheSameBits) {
  constexpr int kPasses = 3, kStepsAPass = 5;  // 70 entries in batches of 16
  for (const HeadCase& c : {HeadCase{"mlp", "none"}, HeadCase{"mlp_bn", "none"}, HeadCase{"resnet18", "4"},
                            HeadCase{"resnet18", "3.5"}}) {
    const Cut cut = Cut(c.cut);
    LearnerOptions options = toy_options(kClasses);
    Domain domain = feature_domain(8, 2);
    if (c.kind == "mlp_bn") options = dropout_options(kPasses);
    if (!takes_any_maps(c.kind)) {
      domain.shape = find_backbone("resnet18").output_shape(cut);
      options.head = {c.kind, cut, domain.shape, kClasses};
    }
    const StateDict whole = trained(options, toy_buffer(watched_codec(domain, {}), kClasses, 70), 9, kPasses);
    Rng rng(77);
    for (int trial = 0; trial < 3; ++trial) {
      const int after = 1 + static_cast<int>(rng.below(kPasses * kStepsAPass - 1));
      SCOPED_TRACE(::testing::Message()
                   << c.kind << " behind cut " << c.cut << ", stopped after batch " << after);
      StopAfter stop(after);
      const auto [state, position] =
          interrupted(options, watched_codec(domain, [&](std::int64_t) { stop(); }), kPasses);
      EXPECT_EQ(position.pass * kStepsAPass + position.step, after);
      expect_equal(state, whole);
    }
  }
}

TEST(Learner, AStopBetweenTwoPassesKeepsTheLossOfThePassBefore) {
  StopAfter stop(5);
  const ReplayBuffer buffer =
      toy_buffer(watched_codec(feature_domain(8, 2), [&](std::int64_t) { stop(); }), kClasses, 70);
  Learner learner(toy_options(kClasses), Rng(9));
  learner.finish_pass(buffer);
  EXPECT_EQ(learner.position().pass, 1);
  EXPECT_GT(learner.mean_loss(), 0);
  EXPECT_THROW(learner.finish_pass(buffer), Interrupted);
  EXPECT_EQ(learner.position().pass, 1);
  EXPECT_EQ(learner.position().step, 0);
}

TEST(Learner, TheMeanLossOfARestoredPassCountsTheStepsBeforeTheStop) {
  const ReplayBuffer plain = toy_buffer(kClasses, 70);
  Learner whole(toy_options(kClasses), Rng(9));
  whole.finish_pass(plain);

  StopAfter stop(3);
  const ReplayBuffer buffer =
      toy_buffer(watched_codec(feature_domain(8, 2), [&](std::int64_t) { stop(); }), kClasses, 70);
  Learner first(toy_options(kClasses), Rng(9)), second(toy_options(kClasses), Rng(9));
  EXPECT_THROW(first.finish_pass(buffer), Interrupted);
  stop_requested() = false;
  second.restore(first.state(), first.position());
  second.finish_pass(buffer);
  EXPECT_EQ(second.mean_loss(), whole.mean_loss());
}

TEST(Learner, TheStateIsACopyThatFurtherTrainingLeavesAlone) {
  const ReplayBuffer buffer = toy_buffer(kClasses, 40);
  Learner learner(toy_options(kClasses), Rng(1));
  learner.finish_pass(buffer);
  const StateDict state = learner.state();
  StateDict copy;
  for (const auto& [name, tensor] : state) copy.emplace_back(name, tensor.clone());
  learner.finish_pass(buffer);
  expect_equal(state, copy);
  EXPECT_FALSE(equal(learner.state(), state));
}

/// The loss of a fresh head on the whole buffer as one batch, mixed by hand with the streams of that pass.
double loss_mixed_by_hand(const ReplayBuffer& buffer, const HeadSpec& head_spec, const Rng& rng,
                          std::uint64_t pass) {
  const Domain& domain = buffer.codec().domain();
  const auto count = buffer.size();
  const std::vector<std::int64_t> order = rng.fork("pass", pass).permutation(count);
  Rng step = rng.fork("cutmix", pass).fork("step", 0);
  step.uniform();  // decides whether to mix
  const CutMixPlan plan = plan_cutmix(count, domain.shape[1], domain.shape[2], 1, step);
  const at::Tensor maps = at::empty({count, domain.shape[0], domain.shape[1], domain.shape[2]});
  buffer.decode(order, {maps.data_ptr<float>(), count, domain.values()});
  apply_cutmix(plan, maps);
  Head head = make_head(head_spec, rng.fork("head").next());
  const at::Tensor log_probability = at::log_softmax(head.forward(maps), 1);
  double loss = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const int own = buffer.label(order[at]);
    const int other = buffer.label(order[static_cast<std::size_t>(plan.partner[at])]);
    loss -= plan.kept_share * log_probability[i][own].item<double>() +
            (1 - plan.kept_share) * log_probability[i][other].item<double>();
  }
  return loss / static_cast<double>(count);
}

// At a rate of 0 the weights stay fresh, so that every pass's loss can be computed by hand.
TEST(Learner, MixesImagesAndLabelsOfABatchByTheSameShareAndDrawsAnewInEveryPass) {
  LearnerOptions options = toy_options(kClasses);
  options.head.in_shape = {8, 8, 8};
  options.batch_size = 24;
  options.cutmix = CutMixOptions{1.0, 1.0};
  options.lr = {0, 0};
  const ReplayBuffer buffer = toy_buffer(watched_codec(feature_domain(8, 8), {}), kClasses, 24);
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    Learner learner(options, Rng(seed));
    for (std::uint64_t pass = 0; pass < 3; ++pass) {
      learner.finish_pass(buffer);
      EXPECT_NEAR(learner.mean_loss(), loss_mixed_by_hand(buffer, options.head, Rng(seed), pass), 1e-5)
          << "seed " << seed << ", pass " << pass;
    }
  }
}

TEST(Learner, WithoutCutMixEveryLossIsThePlainOne) {
  LearnerOptions never = toy_options(kClasses), none = toy_options(kClasses);
  never.cutmix = CutMixOptions{0.0, 1.0};
  none.cutmix.reset();
  const ReplayBuffer buffer = toy_buffer(kClasses, 40);
  expect_equal(trained(never, buffer, 2, 2), trained(none, buffer, 2, 2));
}

TEST(Learner, TakesItsRateFromTheScheduleOfThePass) {
  LearnerOptions options = toy_options(kClasses), frozen = options;
  frozen.lr = {0, 0};
  frozen.sgd.weight_decay = 0;
  const ReplayBuffer buffer = toy_buffer(kClasses, 40);
  Learner learner(frozen, Rng(1));
  const at::Tensor before = learner.head().parameters()[0].clone();
  learner.finish_pass(buffer);
  EXPECT_TRUE(at::equal(learner.head().parameters()[0], before));

  options.lr.max_lr = 0.05;
  options.sgd = {0, 0, 0};
  options.cutmix.reset();
  options.batch_size = 40;
  LearnerOptions ten_times = options;
  ten_times.lr.max_lr = 0.5;
  const auto change = [&](const LearnerOptions& o) {  // of the first pass, one step at max_lr / 10
    Learner fresh(o, Rng(1));
    const at::Tensor start = fresh.head().parameters()[0].detach().clone();
    fresh.finish_pass(buffer);
    return (fresh.head().parameters()[0].detach() - start).norm().item<double>();
  };
  EXPECT_NEAR(change(ten_times) / change(options), 10, 1e-2);
}

}  // namespace
}  // namespace packrat
