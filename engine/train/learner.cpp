#include "engine/train/learner.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compressors/codec.h"
#include "engine/core/interrupt.h"
#include "engine/core/timer.h"
#include "engine/train/cutmix.h"
#include "models/tiny_convolution.h"
#include "models/torch_runtime.h"

namespace packrat {
namespace {

constexpr const char* kMomentum = "optimizer.momentum";
constexpr const char* kLossSum = "loss_sum";
constexpr double kLeastPrior = -1e3;
constexpr int kTrainingThreads = 2;  // products are cut into halves

/// Batches of a pass over `count` entries; a remainder of one entry joins the last full batch.
std::int64_t batches_in(std::int64_t count, std::int64_t batch_size) {
  const std::int64_t full = count / batch_size, rest = count % batch_size;
  return full + (rest > 1 || full == 0 ? 1 : 0);
}

/// One decoded batch: maps [B, C, H, W] float32 where the entries lie, on the CPU or on `device`, and labels
/// [B] int64 on the CPU.
struct Batch {
  at::Tensor maps, labels;
};

Batch read_batch(const ReplayBuffer& buffer, const std::vector<std::int64_t>& slots, at::Device device) {
  const Domain& domain = buffer.codec().domain();
  const auto count = static_cast<std::int64_t>(slots.size());
  const auto where = at::TensorOptions(at::kFloat).device(buffer.is_on_device() ? device : at::kCPU);
  Batch batch{at::empty({count, domain.shape[0], domain.shape[1], domain.shape[2]}, where),
              at::empty({count}, at::kLong)};
  auto* const maps = batch.maps.data_ptr<float>();
  if (buffer.is_on_device())
    buffer.decode_there(slots, maps);
  else
    buffer.decode(slots, {maps, count, domain.values()});
  auto* label = batch.labels.data_ptr<std::int64_t>();
  for (const std::int64_t slot : slots) *label++ = buffer.label(slot);
  return batch;
}

at::Tensor mixed_loss(const at::Tensor& logits, const at::Tensor& labels, const CutMixPlan& plan) {
  const at::Tensor loss = at::cross_entropy_loss(logits, labels);
  if (plan.kept_share >= 1.0) return loss;
  const at::Tensor partner = at::tensor(plan.partner, at::kLong).to(labels.device());
  const at::Tensor other = at::cross_entropy_loss(logits, labels.index_select(0, partner));
  return plan.kept_share * loss + (1.0 - plan.kept_share) * other;
}

std::uint64_t head_seed(const Rng& rng) {
  return rng.fork("head").next();
}

}  // namespace

Learner::Learner(const LearnerOptions& options, const Rng& rng)
    : options_(options), rng_(rng), head_(make_head(options.head, head_seed(rng))) {
  use_one_thread();
  const at::Device device = parse_device(options_.device);
  head_.to(device);
  if (device.is_cpu() && options_.threads > 1)
    crew_ = std::make_unique<Crew>(kTrainingThreads, use_one_thread);
  const std::vector<bool> overwritten = head_.train_with({crew_.get(), device.is_cpu()});
  sgd_ = std::make_unique<FlatSgd>(head_.parameters(), options_.sgd, overwritten, crew_.get());
}

EntrySplit Learner::split(std::int64_t entries) const {
  const std::int64_t most = std::max<std::int64_t>(0, entries - 2);  // batch norm needs two
  const auto asked = static_cast<std::int64_t>(options_.held_out * static_cast<double>(entries));
  const std::int64_t held_out = std::min(asked, most);
  EntrySplit split;
  split.held_out = rng_.fork("held out").permutation(entries);
  split.trained.assign(split.held_out.begin() + held_out, split.held_out.end());
  split.held_out.resize(static_cast<std::size_t>(held_out));
  for (auto* const slots : {&split.held_out, &split.trained}) std::sort(slots->begin(), slots->end());
  return split;
}

void Learner::finish_pass(const ReplayBuffer& buffer) {
  if (buffer.size() < 2)
    throw UserError(
        fmt::format("the replay buffer holds {} entries, but batch norm needs at least 2: give a larger "
                    "--memory_size or --memory_bytes",
                    buffer.size()));
  use_one_thread();
  head_.train(true);
  const std::vector<std::int64_t> trained = split(buffer.size()).trained;
  const auto entries = static_cast<std::int64_t>(trained.size());
  std::vector<std::int64_t> order =
      rng_.fork("pass", static_cast<std::uint64_t>(position_.pass)).permutation(entries);
  for (std::int64_t& entry : order) entry = trained[static_cast<std::size_t>(entry)];
  const std::int64_t steps = batches_in(entries, options_.batch_size);
  const Rng pass_rng = rng_.fork("cutmix", static_cast<std::uint64_t>(position_.pass));
  while (position_.step < steps) {
    if (stop_requested())
      throw Interrupted(fmt::format("stopped in pass {} after batch {}", position_.pass, position_.step));
    const auto begin = order.begin() + position_.step * options_.batch_size;
    const auto end = position_.step + 1 == steps ? order.end() : begin + options_.batch_size;
    loss_sum_ += train_step(buffer, {begin, end}, options_.lr.at(position_.pass, position_.step, steps),
                            pass_rng.fork("step", static_cast<std::uint64_t>(position_.step)));
    ++position_.step;
  }
  mean_loss_ = loss_sum_ / static_cast<double>(steps);
  if (!std::isfinite(mean_loss_))
    throw UserError(fmt::format("the loss became {} in pass {}: lower --maxlr ({})", mean_loss_,
                                position_.pass, options_.lr.max_lr));
  loss_sum_ = 0;
  position_ = {position_.pass + 1, 0};
}

at::Tensor Learner::logits(const at::Tensor& maps) {
  if (!options_.prior) return head_.forward(maps);
  const at::Tensor rows = maps.to(at::kCPU).contiguous();
  const at::Tensor prior = at::empty({maps.size(0), options_.head.classes});
  options_.prior({rows.data_ptr<float>(), rows.size(0), rows.numel() / rows.size(0)},
                 prior.data_ptr<float>());
  // A class that the prior never saw is out of the question, but not by an infinity.
  const at::Tensor shares = at::log_softmax(prior, 1).clamp_min(kLeastPrior);
  return head_.forward(maps, shares.to(maps.device()));
}

double Learner::train_step(const ReplayBuffer& buffer, const std::vector<std::int64_t>& slots, double lr,
                           Rng rng) {
  const Timer decoding;
  const at::Device device = parse_device(options_.device);
  const Batch batch = read_batch(buffer, slots, device);
  seconds_decoding_ += decoding.seconds();
  const at::Tensor maps = batch.maps.to(device), labels = batch.labels.to(device);
  CutMixPlan plan;
  if (options_.cutmix && rng.uniform() < options_.cutmix->probability) {
    plan = plan_cutmix(maps.size(0), maps.size(2), maps.size(3), options_.cutmix->alpha, rng);
    apply_cutmix(plan, maps);
  }
  head_.seed_dropout(rng.fork("dropout").next());
  sgd_->zero_grad();
  const at::Tensor loss = mixed_loss(logits(maps), labels, plan);
  loss.backward();
  sgd_->step(lr);
  return loss.item<double>();
}

StateDict Learner::state() const {
  StateDict state = head_state(head_);
  state.emplace_back(kMomentum, sgd_->momentum().to(at::kCPU).clone());
  state.emplace_back(kLossSum, at::tensor({loss_sum_}, at::kDouble));
  return state;
}

void Learner::restore(const StateDict& state, LearnerPosition position) {
  const at::NoGradGuard no_grad;
  StateDict head_part;
  for (const auto& [name, tensor] : state) {
    if (name == kMomentum)
      sgd_->momentum().copy_(tensor);
    else if (name == kLossSum)
      loss_sum_ = tensor.item<double>();
    else
      head_part.emplace_back(name, tensor);
  }
  load_head_state(head_, head_part);
  position_ = position;
}

}  // namespace packrat
