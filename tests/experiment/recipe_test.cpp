#include "engine/experiment/recipe.h"

#include <gmock/gmock.h>

#include "engine/experiment/config_file.h"
#include "engine/experiment/model_file.h"
#include "engine/experiment/model_test_set.h"
#include "engine/experiment/validate.h"
#include "tests/data/expect_error.h"
#include "tests/experiment/small_runs.h"

namespace packrat {
namespace {
using ::testing::HasSubstr;
using testing_data::user_error;

class RecipeTest : public SmallRuns {
 protected:
  /// A small run by the fast recipe.
  static RunConfig fast_config(const std::string& name) {
    RunConfig c = config(name);
    c.recipe = "fast";
    apply_recipe(c, {"num_passes", "hidden"});
    c.hidden = 32;
    return c;
  }
};

TEST(Recipe, FastSetsDefaultsAndLeavesWhatWasGiven) {
  RunConfig c;
  c.recipe = "fast";
  c.num_passes = 3;
  apply_recipe(c, {"recipe", "num_passes"});
  EXPECT_EQ(c.num_passes, 3);
  EXPECT_EQ(c.backbone, "mlp_bn");
  EXPECT_EQ(c.batch_size, 128);
  EXPECT_EQ(c.lr_schedule, "one_cycle");
  EXPECT_EQ(c.recipe, "fast");
  EXPECT_NO_THROW(validate(c, {"recipe", "num_passes", "dropout"}));

  RunConfig published;
  apply_recipe(published, {});
  EXPECT_EQ(dump_config(published), dump_config(RunConfig{}));
}

TEST(Recipe, IsInTheNameWithWhatDiffersFromIt) {
  RunConfig c;
  c.recipe = "fast";
  apply_recipe(c, {});
  EXPECT_EQ(default_exp_name(c), "cifar10_none_none_1000_p20_s0_recipe-fast");
  c.dropout = 0.3;
  c.batch_size = 16;  // the published default, but not this recipe's
  EXPECT_EQ(default_exp_name(c), "cifar10_none_none_1000_p20_s0_recipe-fast_dropout-0.3_batch_size-16");
}

TEST(Recipe, OptionsOfAnotherHeadOrScheduleAreRefusedByName) {
  RunConfig c;
  EXPECT_THAT(user_error([&] { validate(c, {"dropout"}); }), HasSubstr("--backbone mlp_bn"));
  EXPECT_THAT(user_error([&] { validate(c, {"hidden"}); }), HasSubstr("--backbone mlp_bn"));
  c.lr_schedule = "one_cycle";
  EXPECT_THAT(user_error([&] { validate(c, {"minlr"}); }), HasSubstr("--lr_schedule warm_restarts"));
  c.recipe = "slow";
  EXPECT_THAT(user_error([&] { validate(c, {}); }), HasSubstr("published, fast"));
}

TEST_F(RecipeTest, FastLearnsIsScoredOnceAndItsModelIsReadBackToTheSameScores) {
  RunConfig c = fast_config("fast");
  c.num_passes = 20;
  c.save_model = (*world_ / "fast.model").string();
  const RunRecord record = run_experiment(c, false, {});
  EXPECT_GT(record.final_score().acc, 0.4);
  EXPECT_EQ(record.trainings.back().curve.size(), 1U);
  EXPECT_EQ(result_of(c).at("config").at("recipe"), "fast");
  SavedModel model = load_model(c.save_model);
  const ModelTestSet set = model_test_set(model.info, model.shape, load_dataset("cifar10", c.data_dir), {});
  EXPECT_EQ(evaluate(model.scorer(), set.rows(), {10, 2, 1}).all_classes, record.final_score().acc);
}

TEST_F(RecipeTest, FastDoesNotDependOnThreads) {
  RunConfig one = fast_config("one thread"), two = fast_config("two threads");
  two.threads = 2;
  EXPECT_EQ(figures(run_experiment(one, false, {})), figures(run_experiment(two, false, {})));
}

}  // namespace
}  // namespace packrat
