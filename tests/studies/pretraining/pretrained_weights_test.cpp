#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "engine/studies/pretraining/pretraining.h"
#include "models/encoder.h"
#include "models/weights_io.h"
#include "tests/models/reference_resnet.h"
#include "tests/studies/pretraining/toy_images.h"
#include "tests/support/temp_folder.h"

namespace packrat {
namespace {

constexpr std::int64_t kPretrainImages = 4;

/// One step of pretraining, written to a file and read back, as `packrat run --weights` reads it.
class PretrainedWeights : public ::testing::Test {
 protected:
  StateDict read_back(bool half) {
    PretrainRecipe recipe = toy_recipe();
    recipe.epochs = 1;
    const StateDict weights = pretrain(recipe, images_.view(), images_.view(), {}).weights;
    write_safetensors(folder_ / "w.safetensors", half ? half_precision(weights) : weights,
                      {{"recipe", recipe_text(recipe)}});
    WeightsFile file = read_weights(folder_ / "w.safetensors");
    EXPECT_EQ(file.metadata.at("recipe"), recipe_text(recipe));
    return file.tensors;
  }

  TempFolder folder_;
  const ToyImages images_{16, 4, 1};
};

TEST_F(PretrainedWeights, EncodeAsThePlainNetworkWithTorchvisionsNamesDoes) {
  const StateDict weights = read_back(false);
  const std::array<float, 3> mean{0.4F, 0.4F, 0.4F}, std{0.25F, 0.25F, 0.25F};
  const std::vector<std::int64_t> which{0, 1, 2, 3};
  const at::Tensor batch = ImageReader(images_.view(), mean, std, at::kFloat)
                               .plain(which, 0, kPretrainImages)
                               .permute({0, 3, 1, 2});
  for (const Cut& cut : find_backbone("resnet18").cuts()) {
    if (cut.is_none()) continue;
    const Encoder encoder(find_backbone("resnet18"), cut, weights);
    const Shape3 shape = encoder.output_shape();
    at::Tensor features = at::empty({kPretrainImages, shape[0], shape[1], shape[2]});
    encoder.encode(images_.view().pixels, kPretrainImages, mean, std, features.data_ptr<float>());
    ReferenceResNet reference(find_backbone("resnet18"), cut);
    reference.load(weights);
    reference.eval();
    const at::NoGradGuard no_grad;
    EXPECT_TRUE(at::allclose(features, reference.forward(batch), 1e-3, 1e-4)) << "cut " << cut.text();
  }
}

TEST_F(PretrainedWeights, TakeHalfTheBytesInHalfPrecisionAndKeepTheirNames) {
  const StateDict whole = read_back(false);
  const auto whole_bytes = std::filesystem::file_size(folder_ / "w.safetensors");
  const StateDict half = read_back(true);
  EXPECT_LT(std::filesystem::file_size(folder_ / "w.safetensors"), 0.52 * static_cast<double>(whole_bytes));
  ASSERT_EQ(half.size(), whole.size());
  for (std::size_t i = 0; i < half.size(); ++i) {
    EXPECT_EQ(half[i].first, whole[i].first);
    EXPECT_EQ(half[i].second.sizes(), whole[i].second.sizes());
    if (whole[i].second.dim() > 1) {
      EXPECT_EQ(half[i].second.scalar_type(), at::kHalf) << whole[i].first;
      EXPECT_TRUE(at::equal(half[i].second, whole[i].second.to(at::kHalf))) << whole[i].first;
    } else {
      EXPECT_TRUE(at::equal(half[i].second, whole[i].second)) << whole[i].first;
    }
  }
}

}  // namespace
}  // namespace packrat
