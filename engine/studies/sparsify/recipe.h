#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/studies/sparsify/early_stopper.h"
#include "engine/studies/sparsify/penalty.h"

namespace packrat {

/// The three trainings, one after the other.
enum class SparsifyStage { kDense, kSparsify, kFineTune };
constexpr std::array<SparsifyStage, 3> kSparsifyStages{SparsifyStage::kDense, SparsifyStage::kSparsify,
                                                       SparsifyStage::kFineTune};

/// "dense", "sparsify", "fine-tune".
std::string_view stage_name(SparsifyStage stage);
/// UserError on anything else.
SparsifyStage parse_stage(const std::string& text);

/// Everything that decides what comes out of a sparsification, the images aside. The defaults are the
/// published ones for 10000 images.
struct SparsifyRecipe {
  std::string model = "simpleconv";
  std::string method = "vd";  ///< or "ard"; of complex weights also "vd-approximate"
  bool complex = false;
  double c = 0.047;                                ///< C, the weight of the penalty
  double kl_scale = 0;                             ///< the penalty's other factor; 0: 1 / training images
  double threshold = -0.5;                         ///< weights with a higher log alpha are dropped
  std::array<std::int64_t, 3> epochs{40, 75, 40};  ///< at most, by stage
  std::array<bool, 3> early_stop{};                ///< which stages may end earlier
  EarlyStopOptions early;
  std::string schedule = "trabelsi";
  double lr = 1e-3;
  double clip_norm = 0.5;
  std::int64_t batch_size = 128;
  std::uint64_t seed = 0;

  Penalty penalty() const;
};

/// UserError, naming the option, for values out of range.
void check_recipe(const SparsifyRecipe& recipe);

/// What decides the end of `stage`, one "name = value" a line; data: of the images. What later stages alone
/// look at is left out, so that runs which differ in it share what came before.
std::string recipe_text(const SparsifyRecipe& recipe, SparsifyStage stage, const std::string& data);

}  // namespace packrat
