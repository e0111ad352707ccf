#include "engine/studies/pretraining/pretraining.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/core/error.h"
#include "engine/core/interrupt.h"
#include "engine/core/parallel.h"
#include "engine/core/timer.h"
#include "engine/studies/pretraining/pretrain_checkpoint.h"
#include "engine/studies/pretraining/sgd_kernel.h"
#include "engine/studies/pretraining/training_network.h"
#include "engine/topology/backbone.h"
#include "models/initial_weights.h"
#include "models/one_cycle.h"
#include "models/torch_runtime.h"

namespace packrat {
namespace {

constexpr std::int64_t kPartImages = 128, kScoreBatch = 250, kTopGuesses = 5;

at::ScalarType scalar_type(TrainingType type) {
  return type == TrainingType::kFloat32 ? at::kFloat : at::kBFloat16;
}

void require(bool sound, const char* option, double value, const char* range) {
  if (!sound) throw UserError(fmt::format("--{} {}: choose {}", option, value, range));
}

void check(const PretrainRecipe& recipe, const LabelledImages& train, const LabelledImages& validation) {
  require(recipe.epochs >= 1, "epochs", static_cast<double>(recipe.epochs), "at least 1");
  require(recipe.batch_size >= 2, "batch_size", static_cast<double>(recipe.batch_size), "at least 2");
  require(recipe.lr > 0 && std::isfinite(recipe.lr), "lr", recipe.lr, "a number above 0");
  require(recipe.momentum >= 0 && recipe.momentum < 1, "momentum", recipe.momentum,
          "0 up to, not including, 1");
  require(recipe.weight_decay >= 0 && recipe.weight_decay < 1, "weight_decay", recipe.weight_decay, "0 to 1");
  require(recipe.label_smoothing >= 0 && recipe.label_smoothing < 1, "label_smoothing",
          recipe.label_smoothing, "0 up to, not including, 1");
  if (recipe.classes < 2)
    throw UserError(fmt::format("{} class(es) to tell apart: at least 2 are needed", recipe.classes));
  if (train.count < recipe.batch_size)
    throw UserError(fmt::format("--batch_size {} is more than the {} training images: choose at most {}",
                                recipe.batch_size, train.count, train.count));
  if (validation.count < 1) throw UserError("there are no images to validate with");
}

Network network_of(const PretrainRecipe& recipe) {
  return find_backbone(recipe.architecture).whole(recipe.classes);
}

StateDict initial_weights(const PretrainRecipe& recipe) {
  StateDict state = initial_state(network_of(recipe), Rng(recipe.seed).fork("weights"));
  for (auto& [name, tensor] : state)
    if (name.find(".bn2.weight") != std::string::npos) tensor.zero_();
  return state;
}

/// Where part `part` of `parts` of `count` images begins: sizes differ by at most one.
std::int64_t part_begin(std::int64_t count, std::int64_t part, std::int64_t parts) {
  return count * part / parts;
}

std::vector<std::int64_t> all_of(std::int64_t count) {
  std::vector<std::int64_t> which(static_cast<std::size_t>(count));
  std::iota(which.begin(), which.end(), 0);
  return which;
}

/// How many classes are not clearly behind the right one.
std::int64_t rank_of(const float* logits, std::int64_t classes, std::int64_t label) {
  std::int64_t rank = 0;
  for (std::int64_t c = 0; c < classes; ++c) rank += c != label && !(logits[c] < logits[label]);
  return rank;
}

Scores score_network(const TrainingNetwork& network, const ImageReader& images, std::int64_t count,
                     int threads) {
  const std::vector<std::int64_t> which = all_of(count);
  TrainingNetwork::Replica replica = network.replica();
  std::vector<std::array<std::int64_t, 2>> right(
      static_cast<std::size_t>((count + kScoreBatch - 1) / kScoreBatch));
  for_each_batch(count, kScoreBatch, threads, [&](std::int64_t begin, std::int64_t end) {
    const at::Tensor labels = images.labels(which, begin, end);
    const at::Tensor logits = network.forward(replica, images.plain(which, begin, end), false).contiguous();
    auto& sums = right[static_cast<std::size_t>(begin / kScoreBatch)];
    for (std::int64_t i = 0; i < end - begin; ++i) {
      const std::int64_t classes = logits.size(1), label = labels.data_ptr<std::int64_t>()[i];
      const std::int64_t rank = rank_of(logits.data_ptr<float>() + i * classes, classes, label);
      sums[0] += rank == 0;
      sums[1] += rank < kTopGuesses;
    }
  });
  Scores scores;
  for (const auto& sums : right) {
    scores.top1 += static_cast<double>(sums[0]) / static_cast<double>(count);
    scores.top5 += static_cast<double>(sums[1]) / static_cast<double>(count);
  }
  return scores;
}

/// One pretraining, from its start or its checkpoint to its end.
class Trainer {
 public:
  Trainer(const PretrainRecipe& recipe, const LabelledImages& train, const LabelledImages& validation,
          const PretrainOptions& options)
      : recipe_(recipe),
        options_(options),
        state_(first_state(recipe, options)),
        network_(network_of(recipe), state_.weights, scalar_type(recipe.type)),
        train_(train, recipe.mean, recipe.std, network_.compute_type()),
        validation_(validation, recipe.mean, recipe.std, network_.compute_type()),
        train_count_(train.count),
        validation_count_(validation.count),
        steps_per_epoch_(train.count / recipe.batch_size),
        rng_(recipe.seed) {
    restore_momentum();
    const std::int64_t parts = (recipe.batch_size + kPartImages - 1) / kPartImages;
    for (std::int64_t p = 0; p < parts; ++p) replicas_.push_back(network_.replica());
    state_.weights.clear();
    if (!options.resume) save();  // a folder that cannot be written is told before the first epoch
  }

  Pretrained run() {
    while (state_.step < steps()) {
      run_epoch();
      finish_epoch();
    }
    return {network_.state(state_.step), state_.epochs};
  }

 private:
  static std::string fingerprint(const PretrainRecipe& recipe, const PretrainOptions& options) {
    return recipe_text(recipe) + fmt::format("data = {}\n", options.data_id);
  }

  static PretrainState first_state(const PretrainRecipe& recipe, const PretrainOptions& options) {
    if (options.resume && options.checkpoint)
      return load_pretraining(*options.checkpoint, fingerprint(recipe, options));
    PretrainState state;
    state.weights = initial_weights(recipe);
    return state;
  }

  std::int64_t steps() const { return steps_per_epoch_ * recipe_.epochs; }

  void restore_momentum() {
    if (state_.momentum.empty()) return;
    bool fits = state_.momentum.size() == network_.tensors().size();
    for (std::size_t i = 0; fits && i < state_.momentum.size(); ++i) {
      TrainedTensor& tensor = network_.tensors()[i];
      fits = state_.momentum[i].sizes() == tensor.momentum.sizes() &&
             state_.momentum[i].scalar_type() == at::kFloat;
      if (fits) tensor.momentum.copy_(state_.momentum[i]);
    }
    if (!fits)
      throw UserError(
          fmt::format("{} is damaged: delete it and leave --resume out", options_.checkpoint->string()));
    state_.momentum.clear();
  }

  /// From where state_.step stands to the end of its epoch.
  void run_epoch() {
    const std::int64_t epoch = state_.step / steps_per_epoch_, end = (epoch + 1) * steps_per_epoch_;
    const auto index = static_cast<std::uint64_t>(epoch);
    const std::vector<std::int64_t> order = rng_.fork("order", index).permutation(train_count_);
    const Rng augmentation = rng_.fork("augmentation", index);
    const Timer timer;
    const std::int64_t first = state_.step;
    while (state_.step < end) {
      report_progress();
      if (stop_requested()) stop();
      const double loss =
          run_step(order, augmentation, (state_.step % steps_per_epoch_) * recipe_.batch_size);
      if (!std::isfinite(loss))
        throw UserError(fmt::format("the loss is {} in epoch {}: training has diverged; lower --lr (now {})",
                                    loss, epoch + 1, recipe_.lr));
      state_.loss_of_epoch += loss;
      ++state_.step;
    }
    images_per_second_ = static_cast<double>((end - first) * recipe_.batch_size) / timer.seconds();
    report_progress();
  }

  void report_progress() const {
    if (options_.progress)
      options_.progress("train", state_.step * recipe_.batch_size, steps() * recipe_.batch_size);
  }

  /// One batch, images order[begin ...): gradients of its parts side by side, then one update. Returns its
  /// mean loss.
  double run_step(const std::vector<std::int64_t>& order, const Rng& augmentation, std::int64_t begin) {
    const auto parts = static_cast<std::int64_t>(replicas_.size());
    std::vector<double> losses(replicas_.size());
    const auto work = [&](std::int64_t part) {
      losses[static_cast<std::size_t>(part)] =
          find_gradients(replicas_[static_cast<std::size_t>(part)], order, augmentation,
                         begin + part_begin(recipe_.batch_size, part, parts),
                         begin + part_begin(recipe_.batch_size, part + 1, parts));
    };
    parallel_for(parts, options_.threads, work, use_one_thread);
    update();
    return std::accumulate(losses.begin(), losses.end(), 0.0) / static_cast<double>(parts);
  }

  double find_gradients(TrainingNetwork::Replica& replica, const std::vector<std::int64_t>& order,
                        const Rng& augmentation, std::int64_t begin, std::int64_t end) const {
    for (at::Tensor& leaf : replica.leaves) leaf.mutable_grad() = at::Tensor();
    const at::Tensor logits =
        network_.forward(replica, train_.augmented(order, begin, end, augmentation), true);
    const at::Tensor loss = at::cross_entropy_loss(logits, train_.labels(order, begin, end), {},
                                                   at::Reduction::Mean, -100, recipe_.label_smoothing);
    loss.backward();
    return loss.item<double>();
  }

  void update() {
    const double lr = one_cycle_lr(recipe_.lr, state_.step, steps());
    parallel_for(static_cast<std::int64_t>(network_.tensors().size()), options_.threads, [&](std::int64_t i) {
      TrainedTensor& tensor = network_.tensors()[static_cast<std::size_t>(i)];
      const double decay = tensor.master.dim() > 1 ? recipe_.weight_decay : 0;
      const SgdStep step{static_cast<float>(lr), static_cast<float>(recipe_.momentum),
                         static_cast<float>(decay)};
      if (tensor.working.scalar_type() == at::kFloat)
        update_tensor<float>(step, tensor, static_cast<std::size_t>(i));
      else
        update_tensor<BFloat>(step, tensor, static_cast<std::size_t>(i));
    });
    average_moments();
  }

  template <typename T>
  void update_tensor(const SgdStep& step, TrainedTensor& tensor, std::size_t i) {
    std::vector<at::Tensor> held;  // keeps the gradients' memory while pointers to it are used
    std::vector<const T*> gradients;
    for (const TrainingNetwork::Replica& replica : replicas_) {
      held.push_back(replica.leaves[i].grad().contiguous());
      gradients.push_back(static_cast<const T*>(held.back().data_ptr()));
    }
    sgd_update(step, gradients, tensor.master.numel(), tensor.master.data_ptr<float>(),
               tensor.momentum.data_ptr<float>(), static_cast<T*>(tensor.working.data_ptr()));
  }

  /// All replicas continue from the mean of their running moments.
  void average_moments() {
    const auto average = [&](at::Tensor& shared, const auto& moment_of) {
      shared.zero_();
      for (TrainingNetwork::Replica& replica : replicas_) shared.add_(moment_of(replica));
      shared.div_(static_cast<double>(replicas_.size()));
      for (TrainingNetwork::Replica& replica : replicas_) moment_of(replica).copy_(shared);
    };
    for (std::size_t i = 0; i < network_.running().size(); ++i) {
      average(network_.running()[i].mean,
              [i](auto& replica) -> at::Tensor& { return replica.running[i].mean; });
      average(network_.running()[i].variance,
              [i](auto& replica) -> at::Tensor& { return replica.running[i].variance; });
    }
  }

  void finish_epoch() {
    EpochResult result;
    result.epoch = state_.step / steps_per_epoch_;
    result.lr = one_cycle_lr(recipe_.lr, state_.step - 1, steps());
    result.loss = state_.loss_of_epoch / static_cast<double>(steps_per_epoch_);
    result.validation = score_network(network_, validation_, validation_count_, options_.threads);
    state_.loss_of_epoch = 0;
    state_.epochs.push_back(result);
    if (options_.on_epoch) options_.on_epoch(result, images_per_second_);
    save();
  }

  void save() {
    if (!options_.checkpoint) return;
    PretrainState whole{state_.step, state_.loss_of_epoch, state_.epochs, network_.state(state_.step), {}};
    for (const TrainedTensor& tensor : network_.tensors()) whole.momentum.push_back(tensor.momentum);
    save_pretraining(*options_.checkpoint, whole, fingerprint(recipe_, options_));
  }

  [[noreturn]] void stop() {
    save();
    throw Interrupted(
        options_.checkpoint
            ? fmt::format("stopped in epoch {}; the same command with --resume continues from {}",
                          state_.step / steps_per_epoch_ + 1, options_.checkpoint->string())
            : "stopped");
  }

  const PretrainRecipe recipe_;
  const PretrainOptions& options_;
  PretrainState state_;  // its tensors are handed over when training starts
  TrainingNetwork network_;
  const ImageReader train_, validation_;
  const std::int64_t train_count_, validation_count_, steps_per_epoch_;
  const Rng rng_;
  std::vector<TrainingNetwork::Replica> replicas_;
  double images_per_second_ = 0;
};

}  // namespace

TrainingType parse_training_type(std::string_view text) {
  if (text == "float32") return TrainingType::kFloat32;
  if (text == "bfloat16") return TrainingType::kBFloat16;
  if (text != "auto")
    throw UserError(fmt::format("unknown training type '{}': choose auto, float32 or bfloat16", text));
#if defined(__x86_64__) && defined(__GNUC__)
  if (__builtin_cpu_supports("avx512bf16")) return TrainingType::kBFloat16;
#endif
  return TrainingType::kFloat32;
}

std::string_view training_type_name(TrainingType type) {
  return type == TrainingType::kFloat32 ? "float32" : "bfloat16";
}

Pretrained pretrain(const PretrainRecipe& recipe, const LabelledImages& train,
                    const LabelledImages& validation, const PretrainOptions& options) {
  check(recipe, train, validation);
  use_one_thread();
  return Trainer(recipe, train, validation, options).run();
}

Scores score(const PretrainRecipe& recipe, const StateDict& weights, const LabelledImages& images,
             int threads) {
  const TrainingNetwork network(network_of(recipe), weights, at::kFloat);
  const ImageReader reader(images, recipe.mean, recipe.std, at::kFloat);
  return score_network(network, reader, images.count, threads);
}

StateDict half_precision(const StateDict& weights) {
  StateDict half;
  for (const auto& [name, tensor] : weights)
    half.emplace_back(name, tensor.dim() > 1 ? tensor.to(at::kHalf) : tensor);
  return half;
}

std::string recipe_text(const PretrainRecipe& recipe) {
  return fmt::format(
      "arch = {}\nclasses = {}\nmean = {}\nstd = {}\nepochs = {}\nbatch_size = {}\nlr = {}\nmomentum = {}\n"
      "weight_decay = {}\nlabel_smoothing = {}\nseed = {}\ndtype = {}\n",
      recipe.architecture, recipe.classes, fmt::join(recipe.mean, " "), fmt::join(recipe.std, " "),
      recipe.epochs, recipe.batch_size, recipe.lr, recipe.momentum, recipe.weight_decay,
      recipe.label_smoothing, recipe.seed, training_type_name(recipe.type));
}

}  // namespace packrat
