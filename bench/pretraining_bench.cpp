// Pretraining against the same training as one would first write it: LibTorch modules, torch::optim::SGD, all
// cores in every operation. Both learn from the same augmented batches, an epoch each in turn, so that a busy
// machine slows both.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>
#include <torch/nn/modules/linear.h>
#include <torch/optim/sgd.h>

#include <cmath>
#include <thread>

#include "engine/core/timer.h"
#include "engine/studies/pretraining/pretraining.h"
#include "models/one_cycle.h"
#include "models/torch_runtime.h"
#include "tests/models/reference_resnet.h"

namespace packrat {
namespace {

constexpr std::int64_t kClasses = 200, kBatch = 256, kStepsAnEpoch = 2, kEpochs = 3;  // the first only warms

int all_cores() {
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

/// Noise with labels: what is in them does not change the work.
class Images {
 public:
  explicit Images(std::int64_t count) : pixels_(static_cast<std::size_t>(count * 3072)) {
    Rng rng(1);
    for (auto& p : pixels_) p = static_cast<std::uint8_t>(rng.below(256));
    for (std::int64_t i = 0; i < count; ++i) labels_.push_back(static_cast<std::uint16_t>(i % kClasses));
  }
  LabelledImages view() const {
    return {pixels_.data(), labels_.data(), static_cast<std::int64_t>(labels_.size())};
  }

 private:
  std::vector<std::uint8_t> pixels_;
  std::vector<std::uint16_t> labels_;
};

PretrainRecipe recipe_for(const std::string& architecture, std::int64_t batch, std::int64_t epochs) {
  PretrainRecipe recipe;
  recipe.architecture = architecture;
  recipe.classes = kClasses;
  recipe.mean = {0.5F, 0.5F, 0.5F};
  recipe.std = {0.25F, 0.25F, 0.25F};
  recipe.batch_size = batch;
  recipe.epochs = epochs;
  return recipe;
}

class PlainTraining {
 public:
  PlainTraining(const PretrainRecipe& recipe, const LabelledImages& images)
      : recipe_(recipe),
        images_(images),
        reader_(images, recipe.mean, recipe.std, at::kFloat),
        body_(find_backbone(recipe.architecture), Cut("4")),
        last_(512, kClasses),
        sgd_(parameters(), torch::optim::SGDOptions(recipe.lr).momentum(recipe.momentum).nesterov(true)) {
    StateDict state =
        initial_state(find_backbone(recipe.architecture).whole(kClasses), Rng(recipe.seed).fork("weights"));
    for (auto& [name, tensor] : state)
      if (name.find(".bn2.weight") != std::string::npos) tensor.zero_();
    body_.load(state);
    const at::NoGradGuard no_grad;
    last_->weight.copy_(*find_tensor(state, "fc.weight"));
    last_->bias.copy_(*find_tensor(state, "fc.bias"));
    group_decays();
  }

  /// Returns the mean loss of its batches.
  double run_epoch() {
    const auto epoch = static_cast<std::uint64_t>(step_ / steps_per_epoch());
    const std::vector<std::int64_t> order = Rng(recipe_.seed).fork("order", epoch).permutation(images_.count);
    const Rng augmentation = Rng(recipe_.seed).fork("augmentation", epoch);
    double sum = 0;
    for (std::int64_t s = 0; s < steps_per_epoch(); ++s, ++step_) sum += run_step(order, augmentation, s);
    return sum / static_cast<double>(steps_per_epoch());
  }

 private:
  std::int64_t steps_per_epoch() const { return images_.count / recipe_.batch_size; }

  std::vector<at::Tensor> parameters() {
    std::vector<at::Tensor> all = body_.parameters();
    for (const at::Tensor& tensor : last_->parameters()) all.push_back(tensor);
    return all;
  }

  /// Weight decay for matrices only, as the recipe says.
  void group_decays() {
    std::vector<at::Tensor> matrices, vectors;
    for (const at::Tensor& tensor : parameters()) (tensor.dim() > 1 ? matrices : vectors).push_back(tensor);
    sgd_.param_groups()[0].params() = vectors;
    auto decayed = std::make_unique<torch::optim::SGDOptions>(recipe_.lr);
    decayed->momentum(recipe_.momentum).nesterov(true).weight_decay(recipe_.weight_decay);
    sgd_.add_param_group(torch::optim::OptimizerParamGroup(matrices, std::move(decayed)));
  }

  double run_step(const std::vector<std::int64_t>& order, const Rng& augmentation, std::int64_t step) {
    const double lr = one_cycle_lr(recipe_.lr, step_, steps_per_epoch() * recipe_.epochs);
    for (auto& group : sgd_.param_groups()) static_cast<torch::optim::SGDOptions&>(group.options()).lr(lr);
    const std::int64_t begin = step * recipe_.batch_size, end = begin + recipe_.batch_size;
    const at::Tensor batch =
        reader_.augmented(order, begin, end, augmentation).permute({0, 3, 1, 2}).contiguous();
    sgd_.zero_grad();
    const at::Tensor logits = last_(body_.forward(batch).mean({2, 3}));
    const at::Tensor loss = at::cross_entropy_loss(logits, reader_.labels(order, begin, end), {},
                                                   at::Reduction::Mean, -100, recipe_.label_smoothing);
    loss.backward();
    sgd_.step();
    return loss.item<double>();
  }

  const PretrainRecipe recipe_;
  const LabelledImages images_;
  const ImageReader reader_;
  ReferenceResNet body_;
  torch::nn::Linear last_;
  torch::optim::SGD sgd_;
  std::int64_t step_ = 0;
};

/// Whether the losses of fresh weights, and of weights after a step, are the same in both: batches of one
/// part.
bool losses_agree(const std::string& architecture) {
  const Images images(16), one(1);
  const PretrainRecipe recipe = recipe_for(architecture, 16, 2);
  PlainTraining plain(recipe, images.view());
  for (const EpochResult& epoch : pretrain(recipe, images.view(), one.view(), {}).epochs)
    if (std::abs(epoch.loss - plain.run_epoch()) > 2e-3 * epoch.loss) return false;
  return true;
}

void pretraining(benchmark::State& state, const std::string& architecture, TrainingType type) {
  if (!losses_agree(architecture))
    state.SkipWithError("pretraining and the plain loop have different losses");
  const Images images(kBatch * kStepsAnEpoch), one(1);
  PretrainRecipe recipe = recipe_for(architecture, kBatch, kEpochs);
  recipe.type = type;
  double seconds = 0, plain_seconds = 0;
  for (auto _ : state) {
    PlainTraining plain(recipe, images.view());
    PretrainOptions options;
    options.threads = all_cores();
    options.on_epoch = [&](const EpochResult& epoch, double images_per_second) {
      at::set_num_threads(all_cores());
      const Timer timer;
      plain.run_epoch();
      const double plainly = timer.seconds();
      use_one_thread();
      if (epoch.epoch == 1) return;
      seconds += static_cast<double>(kBatch * kStepsAnEpoch) / images_per_second;
      plain_seconds += plainly;
    };
    pretrain(recipe, images.view(), one.view(), options);
    state.SetIterationTime(seconds);
  }
  const auto count = static_cast<double>(kBatch * kStepsAnEpoch * (kEpochs - 1) * state.iterations());
  state.counters["images_per_s"] = count / seconds;
  state.counters["plain_float32_images_per_s"] = count / plain_seconds;
  state.counters["ratio"] = plain_seconds / seconds;
}

#define PACKRAT_PRETRAINING_BENCH(name, architecture, type) \
  BENCHMARK_CAPTURE(pretraining, name, architecture, type)  \
      ->Unit(benchmark::kMillisecond)                       \
      ->UseManualTime()                                     \
      ->Iterations(1)

PACKRAT_PRETRAINING_BENCH(resnet18_float32, "resnet18", TrainingType::kFloat32);
PACKRAT_PRETRAINING_BENCH(resnet34_float32, "resnet34", TrainingType::kFloat32);

}  // namespace
}  // namespace packrat

BENCHMARK_MAIN();
