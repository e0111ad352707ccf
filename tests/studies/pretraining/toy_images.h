#pragma once
#include <vector>

#include "engine/studies/pretraining/pretraining.h"

namespace packrat {

/// Images of a few classes, told by their colour, with noise.
class ToyImages {
 public:
  ToyImages(std::int64_t count, int classes, std::uint64_t seed) {
    Rng rng(seed);
    for (std::int64_t i = 0; i < count; ++i) {
      const int label = static_cast<int>(i % classes);
      labels_.push_back(static_cast<std::uint16_t>(label));
      for (int c = 0; c < 3; ++c)
        for (int p = 0; p < 1024; ++p)
          pixels_.push_back(static_cast<std::uint8_t>((label + 1) * (37 + 61 * c) % 200 + rng.below(56)));
    }
  }
  LabelledImages view() const {
    return {pixels_.data(), labels_.data(), static_cast<std::int64_t>(labels_.size())};
  }

 private:
  std::vector<std::uint8_t> pixels_;
  std::vector<std::uint16_t> labels_;
};

/// A recipe for them that takes a fraction of a second a step.
inline PretrainRecipe toy_recipe() {
  PretrainRecipe recipe;
  recipe.classes = 4;
  recipe.mean = {0.4F, 0.4F, 0.4F};
  recipe.std = {0.25F, 0.25F, 0.25F};
  recipe.epochs = 2;
  recipe.batch_size = 16;
  recipe.lr = 0.05;
  recipe.seed = 11;
  return recipe;
}

}  // namespace packrat
