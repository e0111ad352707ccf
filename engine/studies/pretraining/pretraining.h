#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/progress.h"
#include "engine/studies/pretraining/augmentation.h"
#include "models/state_dict.h"

namespace packrat {

/// What maps and convolutions are computed in while training; weights, sums and batch norms are float32
/// either way.
enum class TrainingType { kFloat32, kBFloat16 };

/// "float32", "bfloat16", or "auto": bfloat16 where the processor multiplies it (AVX-512 BF16 or AMX), else
/// float32. UserError on anything else.
TrainingType parse_training_type(std::string_view text);
std::string_view training_type_name(TrainingType type);

/// Everything that decides what comes out of pretraining, the images aside.
struct PretrainRecipe {
  std::string architecture = "resnet18";  ///< a backbone
  std::int64_t classes = 0;
  std::array<float, 3> mean{}, std{};  ///< of pixels scaled to [0, 1], by channel
  std::int64_t epochs = 1;
  std::int64_t batch_size = 256;
  double lr = 0.2;  ///< the highest
  double momentum = 0.9;
  double weight_decay = 5e-4;  ///< of matrices only
  double label_smoothing = 0.1;
  std::uint64_t seed = 0;
  TrainingType type = TrainingType::kFloat32;
};

/// Fractions of images whose class is the first, or among the first five, of the network's guesses.
struct Scores {
  double top1 = 0, top5 = 0;
};

struct EpochResult {
  std::int64_t epoch = 0;  ///< from 1
  double lr = 0;           ///< of its last step
  double loss = 0;         ///< mean over its batches
  Scores validation;
};

struct PretrainOptions {
  int threads = 1;                                  ///< the result does not depend on it
  std::optional<std::filesystem::path> checkpoint;  ///< written after every epoch and when stopped
  bool resume = false;                              ///< continue from the checkpoint
  std::string data_id;                              ///< of the images; a checkpoint of others is refused
  ProgressFn progress;                              ///< "train": images, over all epochs
  /// Called after every epoch; images_per_second: of its training, without validation.
  std::function<void(const EpochResult&, double images_per_second)> on_epoch;
};

struct Pretrained {
  StateDict weights;  ///< float32, torchvision's names
  std::vector<EpochResult> epochs;
};

/// Trains a backbone from scratch on 32x32 images: SGD with Nesterov momentum over a one-cycle learning rate
/// (Smith and Topin, 2019), label smoothing, random crops and mirror images. Kaiming-normal weights, the last
/// batch norm of every residual branch at 0 (Goyal et al., 2017). Each epoch goes once through the images in
/// a new order, in whole batches; a last incomplete batch is dropped. A batch is computed in parts of at most
/// 128 images side by side; every part has its own batch norm statistics, and gradients and running moments
/// are the means over the parts in a fixed order, so that the same seed gives the same weights for any number
/// of threads, stopped and resumed or not, on one processor type.
///
/// UserError for values out of range, too few images, a loss that is no longer finite, and a checkpoint that
/// does not belong to this recipe. Interrupted, with the checkpoint written, when stop_requested().
Pretrained pretrain(const PretrainRecipe& recipe, const LabelledImages& train,
                    const LabelledImages& validation, const PretrainOptions& options);

/// Scores weights, of any floating-point types, in float32 on all `images`.
Scores score(const PretrainRecipe& recipe, const StateDict& weights, const LabelledImages& images,
             int threads);

/// Matrices and kernels as float16, vectors and counters as they are: how weights ship.
StateDict half_precision(const StateDict& weights);

/// The recipe in words, one "name = value" a line.
std::string recipe_text(const PretrainRecipe& recipe);

}  // namespace packrat
