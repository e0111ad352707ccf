#include "engine/studies/sparsify/sparsification.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/interrupt.h"

namespace packrat {
namespace {
namespace fs = std::filesystem;

/// Noise on a level that tells the class.
PixelSet some_images(std::int64_t count, std::int64_t classes) {
  PixelSet set{at::randn({count, 1, 16, 16}) * 0.3, at::arange(count) % classes};
  set.images += (set.labels.to(at::kFloat) - 1).view({-1, 1, 1, 1});
  return set;
}

PixelData some_data() {
  at::manual_seed(7);
  PixelData data;
  data.dataset = "levels";
  data.id = "1";
  data.classes = 3;
  data.train = some_images(60, 3);
  data.validation = some_images(30, 3);
  data.test = some_images(90, 3);
  return data;
}

SparsifyRecipe small_recipe() {
  SparsifyRecipe recipe;
  recipe.epochs = {4, 6, 3};
  recipe.batch_size = 16;
  recipe.c = 0.05;
  return recipe;
}

bool same_network(const StageState& a, const StageState& b) {
  if (a.network.size() != b.network.size()) return false;
  for (std::size_t i = 0; i < a.network.size(); ++i)
    if (a.network[i].first != b.network[i].first || !at::equal(a.network[i].second, b.network[i].second))
      return false;
  return a.losses == b.losses;
}

class SparsificationRuns : public ::testing::Test {
 protected:
  SparsificationRuns() : folder_(fs::path(testing::TempDir()) / "packrat_sparsification_test") {
    fs::remove_all(folder_);
  }
  ~SparsificationRuns() override {
    stop_requested() = false;
    fs::remove_all(folder_);
  }

  SparsificationOptions options(const std::string& out) const {
    SparsificationOptions options;
    options.out = folder_ / out;
    options.dense_cache = folder_ / (out + "_dense");
    return options;
  }

  std::string refusal(const SparsifyRecipe& recipe, const SparsificationOptions& how) const {
    try {
      sparsify(recipe, data_, how);
    } catch (const UserError& error) {
      return error.what();
    }
    return "";
  }

  const PixelData data_ = some_data();
  fs::path folder_;
  std::mutex guard_;
};

TEST_F(SparsificationRuns, LearnDropAndFineTune) {
  for (const bool complex : {false, true})
    for (const std::string method : {"vd", "ard"}) {
      SCOPED_TRACE(method + (complex ? " complex" : ""));
      SparsifyRecipe recipe = small_recipe();
      recipe.method = method;
      recipe.complex = complex;
      recipe.c = complex ? 0.02 : 0.5;  // so few images leave complex weights little to hold on to
      recipe.lr = 5e-3;
      recipe.epochs[1] = 12;
      const std::vector<StageResult> results =
          sparsify(recipe, data_, options(method + std::to_string(complex)));
      ASSERT_EQ(results.size(), 3U);
      EXPECT_GT(results[0].accuracy, 0.9);
      EXPECT_EQ(results[0].count.compression(), 1);
      EXPECT_GT(results[1].count.zeros(), 0);
      EXPECT_GT(*results[1].penalty, 0);
      EXPECT_EQ(results[2].count.zeros(), results[1].count.zeros());
      EXPECT_GT(results[2].accuracy, 0.9);
    }
}

TEST_F(SparsificationRuns, AMoreHeavilyWeighedPenaltyDropsMoreWeights) {
  std::int64_t zeros = -1;
  for (const double c : {0.0, 0.5, 50.0}) {
    SparsifyRecipe recipe = small_recipe();
    recipe.c = c;
    SparsificationOptions how = options("C" + std::to_string(c));
    how.dense_cache = folder_ / "dense";
    const std::int64_t now = sparsify(recipe, data_, how)[1].count.zeros();
    EXPECT_GT(now, zeros) << "C = " << c;
    zeros = now;
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "dense"), {}), 1)
      << "the dense network was not shared";
}

TEST_F(SparsificationRuns, ThatBeginTogetherTrainTheirDenseNetworkOnce) {
  std::vector<bool> trained(2);
  std::vector<std::thread> together;
  for (const std::size_t i : {0u, 1u})
    together.emplace_back([&, i] {
      SparsifyRecipe recipe = small_recipe();
      recipe.method = i == 0 ? "vd" : "ard";
      SparsificationOptions how = options(recipe.method);
      how.dense_cache = folder_ / "dense";
      const bool now = sparsify(recipe, data_, how)[0].trained;
      const std::lock_guard<std::mutex> alone(guard_);
      trained[i] = now;
    });
  for (std::thread& run : together) run.join();
  EXPECT_NE(trained[0], trained[1]) << "one trains it, the other takes it";
}

TEST_F(SparsificationRuns, StoppedAfterAnyEpochGoOnBitForBit) {
  const std::vector<StageResult> whole = sparsify(small_recipe(), data_, options("whole"));
  SparsificationOptions how = options("stopped");
  how.resume = true;
  how.on_epoch = [](const SparsifyEpoch&) { stop_requested() = true; };
  std::vector<StageResult> results;
  int stops = 0;
  while (results.empty()) {
    stop_requested() = false;
    try {
      results = sparsify(small_recipe(), data_, how);
    } catch (const Interrupted&) {
      ++stops;
    }
  }
  EXPECT_EQ(stops, 4 + 6 + 2);
  ASSERT_EQ(results.size(), whole.size());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_TRUE(same_network(results[i].state, whole[i].state)) << stage_name(whole[i].state.stage);
    EXPECT_EQ(results[i].accuracy, whole[i].accuracy);
  }
}

TEST_F(SparsificationRuns, InPartsEqualThoseInOne) {
  const std::vector<StageResult> whole = sparsify(small_recipe(), data_, options("whole"));
  SparsificationOptions how = options("parts");
  for (const SparsifyStage stage : kSparsifyStages) {
    how.stages = {stage};
    const std::vector<StageResult> part = sparsify(small_recipe(), data_, how);
    for (std::size_t i = 0; i < part.size(); ++i) {
      EXPECT_EQ(part[i].trained, i + 1 == part.size());
      EXPECT_TRUE(same_network(part[i].state, whole[i].state)) << stage_name(part[i].state.stage);
    }
  }
}

TEST_F(SparsificationRuns, EndEarlyInTheStagesThatMay) {
  SparsifyRecipe recipe = small_recipe();
  recipe.epochs = {4, 30, 4};
  recipe.early_stop = {false, true, false};
  recipe.early.patience = 2;
  recipe.c = 500;  // drives all weights towards 0
  recipe.lr = 1e-2;
  const std::vector<StageResult> results = sparsify(recipe, data_, options("early"));
  const StageState& stage = results[1].state;
  EXPECT_EQ(results[0].state.end, StageEnd::kAllEpochs);
  EXPECT_EQ(stage.end, StageEnd::kEarly);
  EXPECT_LT(stage.epochs(), 30);
  EXPECT_EQ(stage.early.history.size(), static_cast<std::size_t>(stage.epochs()));
  EXPECT_TRUE(results[0].state.early.history.empty());
  EXPECT_TRUE(results[2].state.early.history.empty());
}

TEST_F(SparsificationRuns, ThatDivergeSayTheEpochAndKeepTheirSnapshot) {
  SparsifyRecipe recipe = small_recipe();
  recipe.lr = 1e30;
  EXPECT_THAT(refusal(recipe, options("diverged")), testing::HasSubstr("diverged in epoch"));
  EXPECT_EQ(nlohmann::json::parse(read_text(folder_ / "diverged" / "dense.json")).at("end"), "diverged");
  EXPECT_TRUE(!fs::exists(folder_ / "diverged_dense") || fs::is_empty(folder_ / "diverged_dense"));
}

TEST_F(SparsificationRuns, LeaveASnapshotOfEveryStage) {
  const std::vector<StageResult> results = sparsify(small_recipe(), data_, options("snapshots"));
  for (const StageResult& result : results) {
    const std::string name(stage_name(result.state.stage));
    const auto json = nlohmann::json::parse(read_text(folder_ / "snapshots" / (name + ".json")));
    EXPECT_EQ(json.at("stage"), name);
    EXPECT_EQ(json.at("end"), "all epochs");
    EXPECT_EQ(json.at("accuracy").get<double>(), result.accuracy);
    EXPECT_EQ(json.at("compression").get<double>(), result.count.compression());
    EXPECT_EQ(json.at("sparsity").at("conv1.weight").at("parameters"), 500);
    EXPECT_EQ(json.at("losses").size(), result.state.losses.size());
    EXPECT_EQ(json.at("options").at("C"), 0.05);
    EXPECT_EQ(json.at("options").at("kl_scale").get<double>(), 1.0 / 60);
  }
}

TEST_F(SparsificationRuns, RefuseWhatDoesNotFit) {
  SparsificationOptions how = options("refused");
  how.stages = {SparsifyStage::kFineTune};
  EXPECT_THAT(refusal(small_recipe(), how), testing::HasSubstr("stage dense has not been trained"));
  how.stages = {SparsifyStage::kDense, SparsifyStage::kSparsify};
  EXPECT_EQ(refusal(small_recipe(), how), "");
  EXPECT_THAT(refusal(small_recipe(), how), testing::HasSubstr("give --resume"));
  how.resume = true;
  EXPECT_EQ(refusal(small_recipe(), how), "");
  SparsifyRecipe other = small_recipe();
  other.c = 0.06;
  EXPECT_THAT(refusal(other, how), testing::HasSubstr("there 'C = 0.05', here 'C = 0.06'"));
  other.early_stop[0] = true;
  PixelData bare = data_;
  bare.validation = {at::empty({0, 1, 16, 16}), at::empty({0}, at::kLong)};
  EXPECT_THROW(sparsify(other, bare, options("bare")), UserError);
}

TEST(SparsifyRecipe, OutOfRangeIsRefused) {
  const std::vector<std::function<void(SparsifyRecipe&)>> faults{
      [](SparsifyRecipe& r) { r.method = "l1"; },
      [](SparsifyRecipe& r) { r.schedule = "slow"; },
      [](SparsifyRecipe& r) { r.c = -1; },
      [](SparsifyRecipe& r) { r.kl_scale = -1; },
      [](SparsifyRecipe& r) { r.lr = 0; },
      [](SparsifyRecipe& r) { r.batch_size = 0; },
      [](SparsifyRecipe& r) { r.epochs[1] = -1; },
      [](SparsifyRecipe& r) { r.clip_norm = -1; },
      [](SparsifyRecipe& r) { r.early.patience = 0; }};
  EXPECT_NO_THROW(check_recipe(SparsifyRecipe()));
  for (std::size_t i = 0; i < faults.size(); ++i) {
    SparsifyRecipe recipe;
    faults[i](recipe);
    EXPECT_THROW(check_recipe(recipe), UserError) << "fault " << i;
  }
}

TEST(SparsifyRecipe, TextOfAStageHoldsWhatDecidesItAlone) {
  SparsifyRecipe a, b;
  b.c = 0.1;
  b.threshold = 3;
  EXPECT_EQ(recipe_text(a, SparsifyStage::kDense, "d"), recipe_text(b, SparsifyStage::kDense, "d"));
  EXPECT_NE(recipe_text(a, SparsifyStage::kSparsify, "d"), recipe_text(b, SparsifyStage::kSparsify, "d"));
  b.c = a.c;
  EXPECT_EQ(recipe_text(a, SparsifyStage::kSparsify, "d"), recipe_text(b, SparsifyStage::kSparsify, "d"));
  EXPECT_NE(recipe_text(a, SparsifyStage::kFineTune, "d"), recipe_text(b, SparsifyStage::kFineTune, "d"));
  EXPECT_NE(recipe_text(a, SparsifyStage::kDense, "d"), recipe_text(a, SparsifyStage::kDense, "e"));
}

}  // namespace
}  // namespace packrat
