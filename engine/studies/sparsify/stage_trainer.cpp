#include "engine/studies/sparsify/stage_trainer.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/core/error.h"
#include "engine/core/interrupt.h"
#include "engine/core/timer.h"
#include "engine/studies/sparsify/epoch_schedule.h"

namespace packrat {
namespace {

constexpr std::int64_t kScoreBatch = 250;

std::vector<std::vector<at::Tensor>> parameter_groups(const SparseNetwork& network) {
  std::vector<std::vector<at::Tensor>> groups{network.weights()};
  if (!network.log_sigma2().empty()) groups.push_back(network.log_sigma2());
  return groups;
}

AdamOptions adam_options(const SparsifyRecipe& recipe) {
  AdamOptions options;
  options.clip_norm = recipe.clip_norm;
  return options;
}

/// A random stream of one stage and purpose.
Rng stream(const SparsifyRecipe& recipe, SparsifyStage stage, const char* purpose, std::int64_t epoch) {
  return Rng(recipe.seed).fork(stage_name(stage)).fork(purpose, static_cast<std::uint64_t>(epoch));
}

[[noreturn]] void fail_moments() {
  throw UserError(
      "the saved stage has not the moments of this network's weights: delete its file and train it again");
}

}  // namespace

double accuracy(const SparseNetwork& network, const PixelSet& images) {
  const at::NoGradGuard no_grad;
  std::int64_t right = 0;
  for (std::int64_t begin = 0; begin < images.count(); begin += kScoreBatch) {
    const std::int64_t size = std::min(kScoreBatch, images.count() - begin);
    const at::Tensor logits = network.forward(images.images.narrow(0, begin, size), nullptr);
    right += (logits.argmax(1) == images.labels.narrow(0, begin, size)).sum().item<std::int64_t>();
  }
  return images.count() == 0 ? 0 : static_cast<double>(right) / static_cast<double>(images.count());
}

StageTrainer::StageTrainer(const SparsifyRecipe& recipe, SparsifyStage stage, SparseNetwork& network,
                           const PixelData& data)
    : recipe_(recipe),
      stage_(stage),
      network_(network),
      data_(data),
      adam_(parameter_groups(network), adam_options(recipe)),
      stopper_(recipe.early) {
  state_.stage = stage;
}

void StageTrainer::load_moments(const StageState& state, std::size_t groups) {
  if (state.steps.size() < groups) fail_moments();
  for (std::size_t i = 0; i < groups; ++i) {
    FlatAdam::Group from;
    from.first = state.moments.at(2 * i);
    from.second = state.moments.at(2 * i + 1);
    from.steps = state.steps[i];
    const auto sizes = adam_.groups()[i].first.sizes();
    if (from.first.sizes() != sizes || from.second.sizes() != sizes) fail_moments();
    adam_.hand_over(i, from);
  }
}

void StageTrainer::hand_over(const StageState& before) {
  load_moments(before, 1);
}

void StageTrainer::restore(const StageState& state) {
  load_moments(state, adam_.groups().size());
  state_.losses = state.losses;
  state_.seconds = state.seconds;
  stopper_.restore(state.early);
}

StageState StageTrainer::state() const {
  StageState state = state_;
  state.early = stopper_.state();
  state.network = network_.state();
  for (const FlatAdam::Group& group : adam_.groups()) {
    state.moments.insert(state.moments.end(), {group.first.clone(), group.second.clone()});
    state.steps.push_back(group.steps);
  }
  return state;
}

std::int64_t StageTrainer::most_epochs() const {
  return recipe_.epochs[static_cast<std::size_t>(stage_)];
}

double StageTrainer::lr(std::int64_t epoch) const {
  return recipe_.lr * find_epoch_schedule(recipe_.schedule).multiplier(epoch);
}

bool StageTrainer::may_train(std::int64_t epoch) {
  if (!recipe_.early_stop[static_cast<std::size_t>(stage_)]) return true;
  return stopper_.may_train(epoch, [&] { return accuracy(network_, data_.validation); });
}

StageState StageTrainer::run(const std::function<void(const SparsifyEpoch&)>& on_epoch,
                             const std::function<void(bool stopping)>& after_epoch,
                             const ProgressFn& progress) {
  while (state_.epochs() < most_epochs()) {
    const std::size_t scores = stopper_.state().history.size();
    if (!may_train(state_.epochs())) {
      state_.end = StageEnd::kEarly;
      return state();
    }
    std::optional<double> validation;
    if (stopper_.state().history.size() > scores) validation = stopper_.state().history.back();
    if (!train_and_note(validation, on_epoch, progress)) return state();
    const bool stopping = stop_requested() && state_.epochs() < most_epochs();
    if (after_epoch) after_epoch(stopping);
    if (stopping)
      throw Interrupted(
          fmt::format("stopped after epoch {} of stage {}", state_.epochs(), stage_name(stage_)));
  }
  state_.end = StageEnd::kAllEpochs;
  return state();
}

/// False when the epoch diverged.
bool StageTrainer::train_and_note(std::optional<double> validation,
                                  const std::function<void(const SparsifyEpoch&)>& on_epoch,
                                  const ProgressFn& progress) {
  const std::int64_t epoch = state_.epochs();
  const StateDict start = network_.state();
  const Timer timer;
  const double loss = train_epoch(epoch, progress);
  if (!std::isfinite(loss)) {
    network_.load(start);
    state_.end = StageEnd::kDiverged;
    return false;
  }
  state_.losses.push_back(loss);
  state_.seconds += timer.seconds();
  if (on_epoch) on_epoch({stage_, epoch + 1, most_epochs(), lr(epoch), loss, timer.seconds(), validation});
  return true;
}

double StageTrainer::train_epoch(std::int64_t epoch, const ProgressFn& progress) {
  const std::int64_t count = data_.train.count(), size = recipe_.batch_size;
  const std::vector<std::int64_t> order = stream(recipe_, stage_, "order", epoch).permutation(count);
  const at::Tensor which = at::tensor(order);
  Rng noise = stream(recipe_, stage_, "noise", epoch);
  double sum = 0;
  std::int64_t batches = 0;
  for (std::int64_t begin = 0; begin < count && std::isfinite(sum); begin += size, ++batches) {
    const at::Tensor part = which.narrow(0, begin, std::min(size, count - begin));
    sum += train_batch({data_.train.images.index_select(0, part), data_.train.labels.index_select(0, part)},
                       noise, lr(epoch));
    if (progress)
      progress(stage_name(stage_), epoch * count + std::min(begin + size, count), most_epochs() * count);
  }
  return sum / static_cast<double>(batches);
}

/// Returns the loss without the penalty; not finite when loss or gradient are not.
double StageTrainer::train_batch(const PixelSet& batch, Rng& noise, double lr) {
  adam_.zero_grad();
  const at::Tensor loss = at::cross_entropy_loss(network_.forward(batch.images, &noise), batch.labels);
  loss.backward();
  if (stage_ == SparsifyStage::kSparsify && recipe_.c > 0) {
    const double scale =
        recipe_.kl_scale > 0 ? recipe_.kl_scale : 1.0 / static_cast<double>(data_.train.count());
    network_.add_penalty_gradient(recipe_.penalty(), static_cast<float>(recipe_.c * scale));
  }
  const double norm = adam_.step(lr);
  return std::isfinite(norm) ? loss.item<double>() : norm;
}

}  // namespace packrat
