#include "engine/studies/sparsify/trained_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/core/files.h"
#include "engine/studies/sparsify/sparsification.h"
#include "tests/data/expect_error.h"
#include "tests/experiment/small_run.h"

namespace packrat {
namespace {
using ::testing::HasSubstr;
using testing_data::user_error;

/// Runs with a buffer and a model, kept for all tests.
class TrainedHeads : public ::testing::Test {
 protected:
  /// The last accuracy of a run that left NAME.model and NAME.buffer.
  static double run(const SmallWorld& world, const std::string& name, const std::string& block,
                    const std::string& test_features, const std::string& backbone) {
    RunConfig config = world.config(name);
    config.encoding_block = block;
    config.backbone = backbone;
    config.test_features = test_features;
    config.class_order_seed = 4;
    config.save_model = (world / (name + ".model")).string();
    config.save_buffer = (world / (name + ".buffer")).string();
    return run_experiment(config, false, {}).trainings.back().curve.back().acc;
  }

  static HeadFiles files(const SmallWorld& world, const std::string& name) {
    HeadFiles files;
    files.model = world / (name + ".model");
    files.buffer = world / (name + ".buffer");
    files.data_dir = world / "data";
    files.threads = 1;
    return files;
  }

  static SparsifyRecipe recipe() {
    SparsifyRecipe recipe;
    recipe.model = "head";
    recipe.epochs = {0, 4, 3};
    recipe.batch_size = 8;
    recipe.c = 1;
    return recipe;
  }
};

TEST_F(TrainedHeads, AreScoredAsByTheirRunThenSparsifiedPackedAndScoredAgain) {
  const SmallWorld world;
  for (const auto& [block, features, backbone] : std::vector<std::array<std::string, 3>>{
           {"3", "raw", "resnet"}, {"4", "roundtrip", "resnet"}, {"3.5", "raw", "mlp"}}) {
    SCOPED_TRACE("block " + block + ", " + features + ", " + backbone);
    const std::string name = "b" + block + backbone;
    const double of_run = run(world, name, block, features, backbone);
    HeadTask task = load_head_task(files(world, name), {});
    EXPECT_EQ(task.data.train.count(), 30);
    EXPECT_EQ(task.data.test.count(), SmallWorld::kTestImages);
    SparsificationOptions how;
    how.out = world / (name + "_out");
    how.dense_cache = world / "dense";
    how.head = std::move(task.head);
    how.export_file = world / (name + ".packed");
    const std::vector<StageResult> results = sparsify(recipe(), task.data, how);
    EXPECT_DOUBLE_EQ(results[0].accuracy, of_run);
    EXPECT_EQ(results[0].count.zeros(), 0);
    const PackedExport& packed = results[2].packed.value();
    EXPECT_EQ(packed.size.file, static_cast<std::int64_t>(std::filesystem::file_size(how.export_file)));
    EXPECT_EQ(packed.dense_bytes, 4 * results[2].count.parameters());

    const PackedNetwork back = load_packed_network(how.export_file);
    const PixelData again = head_test_data(
        [&] {
          ModelInfo info = back.info.head.value();
          info.config.threads = 1;
          return info;
        }(),
        back.info.image, "", world / "data", {});
    EXPECT_EQ(accuracy(back.network, again.test), results[2].accuracy);
    const auto json = nlohmann::json::parse(read_text(how.out / "fine-tune.json"));
    EXPECT_EQ(json.at("packed").at("bytes"), packed.size.file);
    EXPECT_EQ(json.at("accuracy").get<double>(), results[2].accuracy);
  }
}

TEST_F(TrainedHeads, TakeAShareOfTheBufferAndLeaveOthersForValidation) {
  const SmallWorld world;
  run(world, "shared", "4", "raw", "resnet");
  HeadFiles some = files(world, "shared");
  some.train_images = 20;
  const PixelData data = load_head_task(some, {}).data;
  EXPECT_EQ(data.train.count(), 20);
  EXPECT_EQ(data.validation.count(), 10);
  some.train_images = 31;
  EXPECT_THAT(user_error([&] { load_head_task(some, {}); }), HasSubstr("--train_images 31: choose 1 to 30"));
}

TEST_F(TrainedHeads, OfAnotherRunThanTheBufferAreRefused) {
  const SmallWorld world;
  run(world, "four", "4", "raw", "resnet");
  run(world, "three", "3", "raw", "mlp");
  HeadFiles mixed = files(world, "four");
  mixed.buffer = files(world, "three").buffer;
  EXPECT_THAT(user_error([&] { load_head_task(mixed, {}); }),
              HasSubstr("the model's cut is 4, but the buffer's is 3"));
  mixed.buffer = mixed.model;
  EXPECT_NE(user_error([&] { load_head_task(mixed, {}); }), "");
}

}  // namespace
}  // namespace packrat
