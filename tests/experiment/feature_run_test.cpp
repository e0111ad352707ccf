#include <gmock/gmock.h>

#include "engine/experiment/forecast.h"
#include "engine/experiment/model_file.h"
#include "engine/experiment/model_test_set.h"
#include "engine/experiment/recipe.h"
#include "engine/experiment/validate.h"
#include "engine/features/encode_files.h"
#include "tests/data/expect_error.h"
#include "tests/data/make_features.h"
#include "tests/experiment/small_runs.h"

namespace packrat {
namespace {
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_data::user_error;

class FeatureRunTest : public SmallRuns {
 protected:
  static void SetUpTestSuite() {
    SmallRuns::SetUpTestSuite();
    const RunConfig c = config("encode");
    const Dataset images = load_dataset("cifar10", c.data_dir);
    encode_to_files(images, encoding_options(c), {*world_ / "emb", FeatureType::kFloat32, false}, {});
    testing_data::write_toy_features(*world_ / "flat", 60, 20, {24}, 10);
  }

  /// The small run's options, on features from files.
  static RunConfig features_config(const std::string& name, const std::string& folder = "emb") {
    RunConfig c = config(name);
    c.dataset = "features:" + (*world_ / folder).string();
    c.encoder = "none";
    c.weights = "";
    c.overwrite = true;
    return c;
  }
};

TEST_F(FeatureRunTest, GivesTheAccuracyOfTheRunOnTheImages) {
  for (const char* const method : {"gdumb", "slda", "hybrid:slda+replay"})
    for (const char* const backbone : {"mlp", "mlp_bn", "linear", "resnet18"}) {
      SCOPED_TRACE(std::string(method) + " " + backbone);
      RunConfig images = config("images"), features = features_config("features");
      images.overwrite = true;
      for (RunConfig* const c : {&images, &features}) c->method = method, c->backbone = backbone;
      if (std::string(backbone) == "resnet18") features.backbone_block = "3";
      const RunRecord of_images = run_experiment(images, false, {}),
                      of_features = run_experiment(features, false, {});
      EXPECT_EQ(of_features.buffer_checksum, of_images.buffer_checksum);
      EXPECT_EQ(of_features.final_score().acc, of_images.final_score().acc);
      EXPECT_EQ(of_features.final_score().mean_loss, of_images.final_score().mean_loss);
      EXPECT_EQ(of_features.bytes.ledger.kept_total(), of_images.bytes.ledger.kept_total());
      EXPECT_EQ(of_features.bytes.ledger.bytes(Item::kEncoderWeights), 0);
      EXPECT_THAT(of_features.cache_note, HasSubstr("no encoder is run"));
      if (std::string(method) == "slda") break;
    }
}

TEST_F(FeatureRunTest, TakesVectorsAndScoresItsSavedModelOnThemWhereverTheyLie) {
  for (const char* const method : {"gdumb", "ncm", "slda", "ridge", "qda", "slda:random=20"}) {
    SCOPED_TRACE(method);
    RunConfig c = features_config("flat", "flat");
    c.method = method;
    if (std::string(method) == "gdumb") c.backbone = "linear";
    c.save_model = (*world_ / "flat.model").string();
    const RunRecord record = run_experiment(c, false, {});
    EXPECT_EQ(record.data_sha256.size(), 64U);
    std::filesystem::rename(*world_ / "flat", *world_ / "moved");
    SavedModel model = load_model(c.save_model);
    const Dataset moved = load_dataset("features:" + (*world_ / "moved").string(), c.data_dir);
    const ModelTestSet set = model_test_set(model.info, model.shape, moved, {});
    std::filesystem::rename(*world_ / "moved", *world_ / "flat");
    EXPECT_EQ(evaluate(model.scorer(), set.rows(), {10, 2, 1}).all_classes, record.final_score().acc);
  }
}

TEST_F(FeatureRunTest, LearnsWhatRowsTell) {
  RunConfig c = features_config("learns", "flat");
  c.method = "slda";
  EXPECT_GT(run_experiment(c, false, {}).final_score().acc, 0.9);
}

TEST_F(FeatureRunTest, IsForecastAsItIsRun) {
  for (const char* const codec : {"none", "quantize:states=16,range=local", "thin:factor=0.5", "float16"}) {
    RunConfig c = features_config("forecast", "flat");
    c.compressor = "none";
    c.codec = codec;
    c.memory_bytes = "3000";
    c.num_passes = 1;
    const RunForecast forecast = make_forecaster()(c, {});
    const RunRecord record = run_experiment(c, false, {});
    EXPECT_EQ(forecast.slots, record.slots) << codec;
    EXPECT_EQ(forecast.held, record.held) << codec;
  }
}

TEST_F(FeatureRunTest, FollowsTheTasksOfItsFile) {
  testing_data::ArraysToWrite arrays = testing_data::toy_features(60, {24}, 10, 1);
  std::vector<std::int32_t> tasks(60);
  for (std::size_t i = 0; i < tasks.size(); ++i) tasks[i] = static_cast<std::int32_t>(i % 3);
  arrays["tasks"] = testing_data::array_of("I32", {60}, tasks);
  testing_data::write_as_safetensors(*world_ / "tasks/train.safetensors", arrays);
  testing_data::write_as_safetensors(*world_ / "tasks/test.safetensors",
                                     testing_data::toy_features(20, {24}, 10, 2));
  RunConfig c = features_config("tasks", "tasks");
  c.method = "slda";
  EXPECT_GT(run_experiment(c, false, {}).final_score().acc, 0.9);
  c.eval_tasks = true;
  EXPECT_THAT(user_error([&] { run_experiment(c, false, {}); }), HasSubstr("--eval_tasks"));
}

TEST_F(FeatureRunTest, FitsACodecOnRowsOfTheSameKindOnly) {
  RunConfig c = features_config("fits", "flat");
  c.compressor = "none";
  c.codec = "quantize:states=16,range=fit";
  c.num_passes = 1;
  EXPECT_THAT(user_error([&] { run_experiment(c, false, {}); }),
              AllOf(HasSubstr("has to learn first"), HasSubstr("--fit_on features:")));
  c.fit_on = "cifar10";
  EXPECT_THAT(user_error([&] { run_experiment(c, false, {}); }), HasSubstr("learns on such"));
  c.fit_on = c.dataset;
  const RunRecord first = run_experiment(c, false, {});
  EXPECT_THAT(first.codec_learned_from, HasSubstr("fitted now"));
  EXPECT_THAT(run_experiment(c, false, {}).codec_learned_from, HasSubstr("from the cache"));
  testing_data::write_as_safetensors(*world_ / "flat/train.safetensors",
                                     testing_data::toy_features(60, {24}, 10, 5));
  EXPECT_THAT(run_experiment(c, false, {}).codec_learned_from, HasSubstr("fitted now")) << "other data";
  testing_data::write_toy_features(*world_ / "flat", 60, 20, {24}, 10);
}

TEST_F(FeatureRunTest, RefusesWhatNeedsImagesOrMaps) {
  struct Case {
    const char* option;
    std::function<void(RunConfig&)> edit;
    std::string expected;
  };
  for (const Case& c : std::vector<Case>{
           {"encoder", [](RunConfig& r) { r.encoder = "cutr34"; }, "--encoder is for images"},
           {"encoding_block", [](RunConfig& r) { r.encoding_block = "3"; }, "--encoding_block is for images"},
           {"blocks", [](RunConfig& r) { r.blocks = "3+4"; }, "--blocks is for images"},
           {"pool", [](RunConfig& r) { r.pool = "1x1"; }, "--pool is for images"},
           {"views", [](RunConfig& r) { r.views = "flip"; }, "--views is for images"},
           {"weights", [](RunConfig& r) { r.weights = "x"; }, "--weights is for images"},
           {"backbone", [](RunConfig& r) { r.backbone = "resnet"; },
            "give --backbone mlp, mlp_bn or linear"}}) {
    RunConfig r = features_config("refused", "flat");
    c.edit(r);
    EXPECT_THAT(user_error([&] { validate(r, {c.option}); }), HasSubstr(c.expected));
  }
  for (const Case& c : std::vector<Case>{
           {"codec", [](RunConfig& r) { r.codec = "jpeg:quality=50"; }, "jpeg"},
           {"codec", [](RunConfig& r) { r.codec = "resize:size=4"; }, "resize"},
           {"codec", [](RunConfig& r) { r.codec = "convae:channels=4"; }, "convae"},
           {"compressor", [](RunConfig& r) { r.compressor = "convae"; }, "convae"},
           {"strategy", [](RunConfig& r) { r.strategy = "cifar10_transfer"; }, "features of its own"},
           {"backbone_block", [](RunConfig& r) { r.backbone = "resnet18", r.backbone_block = "3"; }, "24"}}) {
    RunConfig r = features_config("refused", "flat");
    c.edit(r);
    if (!r.codec.empty()) r.compressor = "none";
    EXPECT_THAT(user_error([&] { run_experiment(r, false, {}); }), HasSubstr(c.expected));
    EXPECT_THAT(user_error([&] { make_forecaster()(r, {}); }), HasSubstr(c.expected));
  }
}

TEST_F(FeatureRunTest, AModelIsNotScoredOnOtherKindsOfRows) {
  RunConfig c = features_config("kinds", "flat");
  c.method = "ncm";
  c.save_model = (*world_ / "kinds.model").string();
  run_experiment(c, false, {});
  const SavedModel model = load_model(c.save_model);
  const auto scored_on = [&](const std::string& dataset) {
    return user_error(
        [&] { model_test_set(model.info, model.shape, load_dataset(dataset, c.data_dir), {}); });
  };
  EXPECT_THAT(scored_on("cifar10"), HasSubstr("the classes of features:"));
  EXPECT_THAT(scored_on("features:" + (*world_ / "emb").string()), HasSubstr("the classes of features:"));
  testing_data::write_toy_features(*world_ / "narrow", 20, 20, {23}, 10);
  EXPECT_THAT(scored_on("features:" + (*world_ / "narrow").string()), HasSubstr("takes rows of 24x1x1, but"));
}

}  // namespace
}  // namespace packrat
