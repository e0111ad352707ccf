// One training step of the real path, decode to update, against the same step as one would first write it:
// plain convolutions and LibTorch's own SGD and clipping.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "bench/plain_head.h"
#include "compressors/codec.h"
#include "compressors/registry.h"
#include "engine/core/timer.h"
#include "models/torch_runtime.h"

namespace packrat {
namespace {

constexpr int kClasses = 10;
constexpr std::int64_t kBatch = 16, kStepsAPass = 4;

Domain cut3_domain() {
  Domain domain;
  domain.shape = find_backbone("resnet18").output_shape(Cut("3"));
  return domain;
}

/// `count` entries of random rectified features, as a ReLU leaves them.
ReplayBuffer filled_buffer(const std::string& codec, std::int64_t count) {
  const Domain domain = cut3_domain();
  Rng rng(2);
  std::vector<float> rows;
  for (std::int64_t i = 0; i < count * domain.values(); ++i)
    rows.push_back(std::max(0.0f, static_cast<float>(rng.normal())));
  std::vector<int> labels;
  for (std::int64_t i = 0; i < count; ++i) labels.push_back(static_cast<int>(i % kClasses));
  ReplayBuffer buffer(std::make_shared<const Codec>(make_codec(codec, domain)), kClasses,
                      Budget::slots(count), make_sampler(kKeepAllSampler));
  buffer.ingest(ConstRows(rows.data(), count, domain.values()), labels, 0, rng);
  return buffer;
}

LearnerOptions options_with(HeadForm form) {
  LearnerOptions options;
  options.head = {"resnet34", Cut("3"), find_backbone("resnet18").output_shape(Cut("3")), kClasses, form};
  options.batch_size = kBatch;
  return options;
}

/// The Learner's passes without its parts.
class PlainLearner {
 public:
  explicit PlainLearner(const Rng& rng)
      : rng_(rng), head_(options_with(HeadForm::kPlain), rng.fork("head").next()) {}

  /// Returns the mean loss. The buffer holds a whole number of batches.
  double finish_pass(const ReplayBuffer& buffer) {
    head_.set_pass(pass_);
    const auto order = rng_.fork("pass", static_cast<std::uint64_t>(pass_++)).permutation(buffer.size());
    double sum = 0;
    for (auto begin = order.begin(); begin != order.end(); begin += kBatch)
      sum += train_step(buffer, {begin, begin + kBatch});
    return sum / (static_cast<double>(buffer.size()) / kBatch);
  }

 private:
  double train_step(const ReplayBuffer& buffer, const std::vector<std::int64_t>& slots) {
    const Domain& domain = buffer.codec().domain();
    const at::Tensor maps = at::empty({kBatch, domain.shape[0], domain.shape[1], domain.shape[2]});
    buffer.decode(slots, {maps.data_ptr<float>(), kBatch, domain.values()});
    at::Tensor labels = at::empty({kBatch}, at::kLong);
    for (std::size_t i = 0; i < slots.size(); ++i)
      labels.data_ptr<std::int64_t>()[i] = buffer.label(slots[i]);
    return head_.train_step(maps, labels);
  }

  Rng rng_;
  bench::PlainHead head_;
  std::int64_t pass_ = 0;
};

/// The loss of fresh weights, and of weights after one update, is the same in both.
bool losses_agree(const std::string& codec) {
  const ReplayBuffer one_batch = filled_buffer(codec, kBatch);
  Learner learner(options_with(HeadForm::kMatrix), Rng(1));
  PlainLearner plain(Rng(1));
  for (int pass = 0; pass < 2; ++pass) {
    learner.finish_pass(one_batch);
    const double expected = plain.finish_pass(one_batch);
    if (!(std::abs(learner.mean_loss() - expected) < 1e-4 * expected)) return false;
  }
  return true;
}

/// Both in turn, a pass each, so that a busy machine slows both. The reported time is the learner's.
void train_step(benchmark::State& state, const std::string& codec, int plain_threads) {
  use_one_thread();
  if (!losses_agree(codec)) state.SkipWithError("the learner and the plain loop have different losses");
  const ReplayBuffer buffer = filled_buffer(codec, kStepsAPass * kBatch);
  Learner learner(options_with(HeadForm::kMatrix), Rng(1));
  PlainLearner plain(Rng(1));
  learner.finish_pass(buffer);  // warm
  plain.finish_pass(buffer);
  const double warming_decode_seconds = learner.seconds_decoding();
  double learner_seconds = 0, plain_seconds = 0;
  for (auto _ : state) {
    const Timer learning;
    learner.finish_pass(buffer);
    state.SetIterationTime(learning.seconds() / kStepsAPass);
    learner_seconds += learning.seconds();
    at::set_num_threads(plain_threads);
    const Timer plainly;
    plain.finish_pass(buffer);
    plain_seconds += plainly.seconds();
  }
  use_one_thread();
  const double steps = static_cast<double>(state.iterations() * kStepsAPass);
  state.SetItemsProcessed(state.iterations() * kBatch);
  state.counters["decode_ms"] = 1e3 * (learner.seconds_decoding() - warming_decode_seconds) / steps;
  state.counters["plain_ms"] = 1e3 * plain_seconds / steps;
  state.counters["ratio"] = plain_seconds / learner_seconds;
}

int all_cores() {
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

// A fixed number of passes: the time that counts for the benchmark's own choice is the learner's alone.
#define PACKRAT_TRAIN_BENCH(name, codec, plain_threads)     \
  BENCHMARK_CAPTURE(train_step, name, codec, plain_threads) \
      ->Unit(benchmark::kMillisecond)                       \
      ->UseManualTime()                                     \
      ->Iterations(7)

PACKRAT_TRAIN_BENCH(none_plain_on_one_thread, "none", 1);
PACKRAT_TRAIN_BENCH(none_plain_on_all_cores, "none", all_cores());
PACKRAT_TRAIN_BENCH(quantize4_plain_on_one_thread, "quantize:states=4,range=local", 1);
PACKRAT_TRAIN_BENCH(thin95_plain_on_one_thread, "thin:factor=0.95", 1);

}  // namespace
}  // namespace packrat

BENCHMARK_MAIN();
