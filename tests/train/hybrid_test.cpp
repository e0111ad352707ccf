#include "engine/train/hybrid.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/methods/method_table.h"
#include "tests/train/toy_training.h"

namespace packrat {
namespace {

constexpr int kHybridClasses = 4;
constexpr std::int64_t kHybridPasses = 3;

/// Rows of 8x2x2 values with their labels, the first values raised by class.
struct HybridRows {
  explicit HybridRows(std::int64_t count, std::uint64_t seed = 1)
      : values(random_rows(feature_domain(8, 2), count, Rng(seed))) {
    for (std::int64_t i = 0; i < count; ++i) {
      labels.push_back(static_cast<int>(i) % kHybridClasses);
      values[static_cast<std::size_t>(i * 32 + labels.back())] += 2;
    }
  }
  ConstRows rows(std::int64_t begin, std::int64_t end) const {
    return {values.data() + begin * 32, end - begin, 32};
  }
  std::vector<float> values;
  std::vector<int> labels;
};

std::unique_ptr<Hybrid> toy_hybrid(const char* spec, int threads = 1) {
  const HybridSpec parsed = *parse_hybrid(spec);
  auto closed = make_method(parsed.head, {{8, 2, 2}, kHybridClasses, threads, 5});
  LearnerOptions options = toy_options(kHybridClasses);
  options.cutmix.reset();
  options.head.kind = "mlp_bn";
  options.head.hidden = 16;
  options.head.dropout = 0.3;
  options.lr = {0.1, 0, kHybridPasses};
  options = Hybrid::head_options(parsed, *closed, options);
  const auto codec = std::make_shared<const Codec>(make_codec("float16", feature_domain(8, 2)));
  auto replay = std::make_unique<Gdumb>(ReplayBuffer(codec, kHybridClasses, Budget::slots(60)), options,
                                        kHybridPasses, Rng(7));
  return std::make_unique<Hybrid>(parsed, std::move(closed), std::move(replay), true);
}

void observe_all(Hybrid& hybrid, const HybridRows& data, std::int64_t piece) {
  const auto count = static_cast<std::int64_t>(data.labels.size());
  for (std::int64_t begin = 0; begin < count; begin += piece) {
    const std::int64_t end = std::min(count, begin + piece);
    hybrid.observe(data.rows(begin, end), {data.labels.begin() + begin, data.labels.begin() + end});
  }
  hybrid.end_of_task();
}

std::vector<float> hybrid_scores(const Method& method, const HybridRows& data) {
  const auto count = static_cast<std::int64_t>(data.labels.size());
  std::vector<float> scores(static_cast<std::size_t>(count * kHybridClasses));
  method.scores(data.rows(0, count), scores.data());
  return scores;
}

const char* const kHybridSpecs[] = {"hybrid:slda+replay", "hybrid:slda+replay:combine=prior",
                                    "hybrid:ridge+replay:weight=0.3", "hybrid:ncm+replay"};

TEST(Hybrid, HasTheSameStateAndScoresForAnyChunksAndThreadsAndKeepsTheBytesItSays) {
  const HybridRows data(150), test(40, 2);
  for (const char* spec : kHybridSpecs) {
    SCOPED_TRACE(spec);
    const auto whole = toy_hybrid(spec), pieces = toy_hybrid(spec, 2);
    EXPECT_EQ(whole->spec(), spec);
    observe_all(*whole, data, 150);
    observe_all(*pieces, data, 7);
    EXPECT_EQ(whole->state(), pieces->state());
    EXPECT_EQ(static_cast<std::int64_t>(whole->state().size()), kept_bytes(*whole));
    whole->fit(0, {});
    pieces->fit(0, {});
    EXPECT_EQ(hybrid_scores(*whole, test), hybrid_scores(*pieces, test));
  }
}

TEST(Hybrid, RestoredFromItsStateItLearnsOnAndScoresAsOneThatWasNot) {
  const HybridRows data(150), more(30, 3), test(40, 2);
  for (const char* spec : kHybridSpecs) {
    SCOPED_TRACE(spec);
    const auto whole = toy_hybrid(spec), restored = toy_hybrid(spec);
    observe_all(*whole, data, 50);
    const std::vector<std::uint8_t> state = whole->state();
    restored->restore({state.data(), state.size()});
    EXPECT_EQ(restored->state(), state);
    whole->fit(0, {});
    restored->fit(0, {});
    EXPECT_EQ(hybrid_scores(*whole, test), hybrid_scores(*restored, test));
  }
}

TEST(Hybrid, RefusesAStateThatIsCutOrAltered) {
  const HybridRows data(100);
  const auto hybrid = toy_hybrid("hybrid:slda+replay");
  observe_all(*hybrid, data, 100);
  const std::vector<std::uint8_t> state = hybrid->state();
  const auto closed = static_cast<std::size_t>(kept_bytes(hybrid->closed()));
  for (const std::size_t size : {std::size_t{0}, std::size_t{3}, closed - 1, closed, state.size() - 1})
    EXPECT_THROW(toy_hybrid("hybrid:slda+replay")->restore({state.data(), size}), CorruptEntry) << size;
  for (const std::size_t begin : {std::size_t{0}, closed}) {
    std::vector<std::uint8_t> altered = state;
    std::fill(altered.begin() + static_cast<std::ptrdiff_t>(begin),
              altered.begin() + static_cast<std::ptrdiff_t>(begin) + 64, std::uint8_t{255});
    EXPECT_THROW(hybrid->restore({altered.data(), altered.size()}), CorruptEntry) << begin;
    EXPECT_EQ(hybrid->state(), state) << "as before";
  }
}

std::vector<double> log_shares_of(const float* v) {
  double sum = 0;
  for (int c = 0; c < kHybridClasses; ++c) sum += std::exp(static_cast<double>(v[c]));
  std::vector<double> shares;
  for (int c = 0; c < kHybridClasses; ++c) shares.push_back(static_cast<double>(v[c]) - std::log(sum));
  return shares;
}

TEST(Hybrid, ScoresAreTheDocumentedMixtureOfBothHalves) {
  const HybridRows data(150), test(20, 2);
  for (const char* spec : kHybridSpecs) {
    SCOPED_TRACE(spec);
    const auto hybrid = toy_hybrid(spec);
    observe_all(*hybrid, data, 150);
    hybrid->fit(0, {});
    hybrid->show_round_trip(false);
    const ScoreMixture mixture = hybrid->mixture();
    if (hybrid->spec().find("weight=0.3") != std::string::npos) {
      EXPECT_DOUBLE_EQ(mixture.head, 0.7);
      EXPECT_DOUBLE_EQ(mixture.closed, 0.3);
    }
    EXPECT_GT(mixture.head + mixture.closed, 0);
    const std::vector<float> head = hybrid_scores(hybrid->replay(), test),
                             closed = hybrid_scores(hybrid->closed(), test),
                             mixed = hybrid_scores(*hybrid, test);
    for (std::size_t row = 0; row < head.size(); row += kHybridClasses) {
      const std::vector<double> h = log_shares_of(&head[row]), c = log_shares_of(&closed[row]);
      for (std::size_t k = 0; k < kHybridClasses; ++k)
        ASSERT_NEAR(static_cast<double>(mixed[row + k]), mixture.head * h[k] + mixture.closed * c[k], 1e-3);
    }
  }
}

TEST(Hybrid, HoldsATenthOutOfTheHeadsTrainingWhereItDecidesTheMixture) {
  for (const auto& [spec, held_out] : {std::pair{"hybrid:slda+replay", 6U},
                                       {"hybrid:slda+replay:weight=0.5", 0U},
                                       {"hybrid:slda+replay:combine=prior", 0U}}) {
    const auto hybrid = toy_hybrid(spec);
    observe_all(*hybrid, HybridRows(150), 150);
    hybrid->fit(0, {});
    const EntrySplit split = hybrid->replay().learner().split(60);
    EXPECT_EQ(split.held_out.size(), held_out) << spec;
    std::vector<std::int64_t> all = split.trained;
    all.insert(all.end(), split.held_out.begin(), split.held_out.end());
    std::sort(all.begin(), all.end());
    for (std::int64_t slot = 0; slot < 60; ++slot) EXPECT_EQ(all.at(static_cast<std::size_t>(slot)), slot);
  }
}

TEST(Hybrid, APriorsHeadStartsAtTheClosedFormsScores) {
  HeadSpec spec{"mlp_bn", Cut(), {8, 2, 2}, kHybridClasses};
  spec.prior = true;
  for (const char* const kind : {"mlp", "mlp_bn"}) {
    spec.kind = kind;
    Head head = make_head(spec, 1);
    const at::NoGradGuard no_grad;
    const at::Tensor maps = at::rand({5, 8, 2, 2}), prior = at::rand({5, kHybridClasses});
    EXPECT_TRUE(at::equal(head.forward(maps, prior), prior)) << kind;
    EXPECT_EQ(head.prior_scale(), 1);
  }
}

/// The cross-entropy of a mixture with what fit_mixture() adds, written out plainly.
double mixture_loss_of(const ScoreMixture& m, const std::vector<float>& head,
                       const std::vector<float>& closed, const std::vector<int>& labels) {
  double loss = (std::pow(m.head - 0.5, 2) + std::pow(m.closed - 0.5, 2)) / 2;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::vector<double> h = log_shares_of(&head[i * kHybridClasses]),
                              c = log_shares_of(&closed[i * kHybridClasses]);
    double sum = 0;
    for (std::size_t k = 0; k < kHybridClasses; ++k) sum += std::exp(m.head * h[k] + m.closed * c[k]);
    const auto label = static_cast<std::size_t>(labels[i]);
    loss += std::log(sum) - m.head * h[label] - m.closed * c[label];
  }
  return loss;
}

TEST(FitMixture, FindsTheLeastLossAmongNonNegativeParts) {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    Rng rng(seed);
    std::vector<float> head, closed;
    std::vector<int> labels;
    const double useful = seed % 3 == 0 ? 0 : 2, misleading = seed % 3 == 1 ? -1 : 1;
    for (int i = 0; i < 200; ++i) {
      labels.push_back(i % kHybridClasses);
      for (int k = 0; k < kHybridClasses; ++k) {
        const double own = k == labels.back() ? 1 : 0;
        head.push_back(static_cast<float>(3 * rng.uniform() + useful * own));
        closed.push_back(static_cast<float>(2 * rng.uniform() + misleading * own));
      }
    }
    const ScoreMixture best = fit_mixture(head, closed, labels, kHybridClasses);
    EXPECT_GE(best.head, 0);
    EXPECT_GE(best.closed, 0);
    const double least = mixture_loss_of(best, head, closed, labels);
    for (const double dh : {-0.05, 0.0, 0.05})
      for (const double dc : {-0.05, 0.0, 0.05}) {
        const ScoreMixture near{std::max(0.0, best.head + dh), std::max(0.0, best.closed + dc)};
        EXPECT_LE(least, mixture_loss_of(near, head, closed, labels) + 1e-6) << "seed " << seed;
      }
  }
  const ScoreMixture none = fit_mixture({}, {}, {}, kHybridClasses);
  EXPECT_EQ(none.head, 0.5);
  EXPECT_EQ(none.closed, 0.5);
}

TEST(MixedScores, AClassThatTheClosedFormNeverSawIsNeverNamed) {
  const float infinity = std::numeric_limits<float>::infinity();
  const ScoreFn head = [](ConstRows, float* out) {
    std::copy_n(std::vector<float>{1, 5, 2, 0}.data(), 4, out);
  };
  const ScoreFn closed = [&](ConstRows, float* out) {
    std::copy_n(std::vector<float>{1, -infinity, 2, 0}.data(), 4, out);
  };
  const float row[] = {0};
  float scores[kHybridClasses];
  mixed_scores(head, closed, {0.5, 0.5}, kHybridClasses)({row, 1, 1}, scores);
  EXPECT_EQ(scores[1], -infinity);
  EXPECT_GT(scores[2], scores[0]);
  mixed_scores(head, closed, {1, 0}, kHybridClasses)({row, 1, 1}, scores);
  EXPECT_EQ(std::max_element(scores, scores + kHybridClasses) - scores, 1);
}

}  // namespace
}  // namespace packrat
