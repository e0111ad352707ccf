#include "engine/studies/pretraining/pretraining.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "engine/core/error.h"
#include "engine/core/interrupt.h"
#include "engine/studies/pretraining/training_network.h"
#include "engine/topology/backbone.h"
#include "models/initial_weights.h"
#include "tests/data/expect_error.h"
#include "tests/studies/pretraining/toy_images.h"
#include "tests/support/temp_folder.h"

namespace packrat {
namespace {

using ::testing::HasSubstr;
using testing_data::user_error;

const ToyImages kTrain(52, 4, 1), kValidation(20, 4, 2);  // 3 batches of 16 an epoch, 4 images left over

Pretrained train(const PretrainRecipe& recipe, const PretrainOptions& options = {}) {
  return pretrain(recipe, kTrain.view(), kValidation.view(), options);
}

void expect_same(const Pretrained& got, const Pretrained& expected) {
  ASSERT_EQ(got.weights.size(), expected.weights.size());
  for (std::size_t i = 0; i < got.weights.size(); ++i)
    EXPECT_TRUE(at::equal(got.weights[i].second, expected.weights[i].second)) << got.weights[i].first;
  ASSERT_EQ(got.epochs.size(), expected.epochs.size());
  for (std::size_t e = 0; e < got.epochs.size(); ++e) {
    EXPECT_EQ(got.epochs[e].loss, expected.epochs[e].loss) << "epoch " << e + 1;
    EXPECT_EQ(got.epochs[e].lr, expected.epochs[e].lr) << "epoch " << e + 1;
    EXPECT_EQ(got.epochs[e].validation.top1, expected.epochs[e].validation.top1) << "epoch " << e + 1;
  }
}

/// Pretraining that somebody stops before step `step`.
void train_until(const PretrainRecipe& recipe, PretrainOptions options, std::int64_t step) {
  options.progress = [&](std::string_view, std::int64_t images, std::int64_t) {
    if (images >= step * recipe.batch_size) stop_requested() = true;
  };
  EXPECT_THROW(train(recipe, options), Interrupted);
  stop_requested() = false;
}

TEST(Pretraining, LearnsToTellColoursApart) {
  PretrainRecipe recipe = toy_recipe();
  recipe.epochs = 12;
  const Pretrained trained = train(recipe);
  ASSERT_EQ(trained.epochs.size(), 12U);
  EXPECT_LT(trained.epochs.back().loss, 0.8 * trained.epochs.front().loss);
  EXPECT_GT(trained.epochs.back().validation.top1, 0.7);  // chance is 0.25
  EXPECT_EQ(trained.epochs.back().validation.top5, 1);    // of 4 classes
  const Scores again = score(recipe, trained.weights, kValidation.view(), 1);
  EXPECT_EQ(again.top1, trained.epochs.back().validation.top1);
}

TEST(Pretraining, GivesTheSameBytesForAnyNumberOfThreads) {
  const ToyImages images(140, 4, 3);
  PretrainRecipe recipe = toy_recipe();
  recipe.batch_size = 130;  // two parts
  for (const TrainingType type : {TrainingType::kFloat32, TrainingType::kBFloat16}) {
    SCOPED_TRACE(training_type_name(type));
    recipe.type = type;
    recipe.epochs = 1;
    PretrainOptions one, two;
    two.threads = 2;
    expect_same(pretrain(recipe, images.view(), kValidation.view(), two),
                pretrain(recipe, images.view(), kValidation.view(), one));
  }
}

TEST(Pretraining, AnotherSeedGivesOtherWeights) {
  PretrainRecipe recipe = toy_recipe();
  recipe.epochs = 1;
  const Pretrained one = train(recipe);
  recipe.seed = 12;
  EXPECT_FALSE(
      at::equal(*find_tensor(one.weights, "fc.weight"), *find_tensor(train(recipe).weights, "fc.weight")));
}

TEST(Pretraining, StoppedAnywhereAndResumedEndsWithTheSameBytes) {
  const TempFolder folder;
  // Stopped before any step, within and between epochs; in bfloat16, slow where there are no instructions for
  // it, within one.
  using Steps = std::vector<std::int64_t>;
  for (const auto& [type, steps] :
       {std::pair{TrainingType::kFloat32, Steps{0, 2, 3, 5}}, std::pair{TrainingType::kBFloat16, Steps{2}}}) {
    PretrainRecipe recipe = toy_recipe();
    recipe.type = type;
    const Pretrained uninterrupted = train(recipe);
    for (const std::int64_t step : steps) {
      SCOPED_TRACE(std::string(training_type_name(type)) + ", stopped before step " + std::to_string(step));
      PretrainOptions options;
      options.checkpoint = folder / "c";
      train_until(recipe, options, step);
      options.resume = true;
      expect_same(train(recipe, options), uninterrupted);
    }
  }
}

// The first loss is that of the first weights on the first augmented batch.
TEST(Pretraining, TheLossIsCrossEntropyWithSmoothedLabels) {
  const ToyImages images(16, 4, 5);
  PretrainRecipe recipe = toy_recipe();
  recipe.epochs = 1;
  recipe.label_smoothing = 0.3;
  const double loss = pretrain(recipe, images.view(), kValidation.view(), {}).epochs[0].loss;

  StateDict weights =
      initial_state(find_backbone(recipe.architecture).whole(4), Rng(recipe.seed).fork("weights"));
  for (auto& [name, tensor] : weights)  // "the last batch norm of every residual branch at 0"
    if (name.find(".bn2.weight") != std::string::npos) tensor.zero_();
  const TrainingNetwork network(find_backbone(recipe.architecture).whole(4), weights, at::kFloat);
  TrainingNetwork::Replica replica = network.replica();
  const ImageReader reader(images.view(), recipe.mean, recipe.std, at::kFloat);
  const std::vector<std::int64_t> order = Rng(recipe.seed).fork("order", 0).permutation(16);
  const at::Tensor batch = reader.augmented(order, 0, 16, Rng(recipe.seed).fork("augmentation", 0));
  const at::Tensor logs = at::log_softmax(network.forward(replica, batch, true).detach().to(at::kDouble), 1);
  const at::Tensor labels = reader.labels(order, 0, 16);
  double expected = 0;
  for (std::int64_t i = 0; i < 16; ++i)
    for (std::int64_t c = 0; c < 4; ++c) {
      const double target = 0.3 / 4 + (c == labels[i].item<std::int64_t>() ? 0.7 : 0);
      expected -= target * logs[i][c].item<double>() / 16;
    }
  EXPECT_NEAR(loss, expected, 1e-5);
}

TEST(Pretraining, AnUnsuitableCheckpointIsRefusedAndSaysWhy) {
  const TempFolder folder;
  PretrainRecipe recipe = toy_recipe();
  PretrainOptions options;
  options.checkpoint = folder / "c";
  options.data_id = "these images";
  options.resume = true;
  EXPECT_THAT(user_error([&] { train(recipe, options); }), HasSubstr("nothing to resume"));
  options.resume = false;
  train_until(recipe, options, 1);
  options.resume = true;
  PretrainRecipe other = recipe;
  other.lr = 0.06;
  EXPECT_THAT(user_error([&] { train(other, options); }), HasSubstr("there 'lr = 0.05', here 'lr = 0.06'"));
  PretrainOptions of_other_data = options;
  of_other_data.data_id = "others";
  EXPECT_THAT(user_error([&] { train(recipe, of_other_data); }), HasSubstr("there 'data = these images'"));
  std::filesystem::resize_file(folder / "c", std::filesystem::file_size(folder / "c") / 2);
  user_error([&] { train(recipe, options); });
  std::ofstream(folder / "c") << "something else";
  user_error([&] { train(recipe, options); });
}

TEST(Pretraining, ValuesOutOfRangeAreRefusedByName) {
  const std::pair<const char*, void (*)(PretrainRecipe&)> cases[] = {
      {"--epochs 0", [](PretrainRecipe& r) { r.epochs = 0; }},
      {"--batch_size 1", [](PretrainRecipe& r) { r.batch_size = 1; }},
      {"--batch_size 53", [](PretrainRecipe& r) { r.batch_size = 53; }},
      {"--lr 0", [](PretrainRecipe& r) { r.lr = 0; }},
      {"--momentum 1", [](PretrainRecipe& r) { r.momentum = 1; }},
      {"--weight_decay -1", [](PretrainRecipe& r) { r.weight_decay = -1; }},
      {"--label_smoothing 1", [](PretrainRecipe& r) { r.label_smoothing = 1; }},
      {"1 class", [](PretrainRecipe& r) { r.classes = 1; }}};
  for (const auto& [message, spoil] : cases) {
    PretrainRecipe recipe = toy_recipe();
    spoil(recipe);
    EXPECT_THAT(user_error([&, r = recipe] { train(r); }), HasSubstr(message));
  }
}

TEST(Pretraining, ADivergedLossEndsItWithARemedy) {
  PretrainRecipe recipe = toy_recipe();
  recipe.lr = 1e30;
  EXPECT_THAT(user_error([&] { train(recipe); }), HasSubstr("lower --lr"));
}

TEST(TrainingTypes, AreToldByName) {
  for (const TrainingType type : {TrainingType::kFloat32, TrainingType::kBFloat16})
    EXPECT_EQ(parse_training_type(training_type_name(type)), type);
  EXPECT_NO_THROW(parse_training_type("auto"));
  EXPECT_THAT(user_error([] { parse_training_type("half"); }), HasSubstr("float32"));
}

}  // namespace
}  // namespace packrat
