#include "engine/experiment/run_method.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>

#include "engine/experiment/forecast.h"
#include "engine/experiment/model_file.h"
#include "engine/experiment/model_test_set.h"
#include "engine/experiment/validate.h"
#include "engine/methods/method_table.h"
#include "models/weights_io.h"
#include "tests/data/expect_error.h"
#include "tests/experiment/small_runs.h"

namespace packrat {
namespace {
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_data::user_error;

class RunMethodTest : public SmallRuns {
 protected:
  static RunConfig method_config(const std::string& name, const std::string& method) {
    RunConfig c = config(name);
    c.method = method;
    c.overwrite = true;
    return c;
  }
};

std::vector<std::string> streaming_examples() {
  std::vector<std::string> specs;
  for (const MethodInfo& info : method_table())
    if (!keeps_entries(info.name)) specs.insert(specs.end(), info.examples.begin(), info.examples.end());
  return specs;
}

TEST_F(RunMethodTest, ChargesTheBytesOfTheSavedStateForEverySpec) {
  for (const std::string& spec : streaming_examples()) {
    SCOPED_TRACE(spec);
    RunConfig c = method_config("charged", spec);
    c.save_model = (*world_ / "method.model").string();
    const RunRecord record = run_experiment(c, false, {});
    const WeightsFile file = read_weights(c.save_model);
    ASSERT_EQ(file.tensors.size(), 1U);
    const std::int64_t bytes = file.tensors[0].second.numel();
    EXPECT_EQ(record.bytes.ledger.bytes(Item::kMethodState), bytes);
    EXPECT_EQ(record.bytes.ledger.kept_total(), bytes);
    EXPECT_EQ(record.bytes.audit.measured_bytes, bytes);
    EXPECT_EQ(make_forecaster()(c, {}).exact_bytes, bytes);
    EXPECT_GT(record.bytes.ledger.bytes(Item::kMethodWorking), 0);
    EXPECT_GT(record.bytes.ledger.bytes(Item::kEncoderWeights), 1000000);
    EXPECT_GT(record.bytes.ledger.bytes(Item::kHeadWeights), 0);
    EXPECT_EQ(result_of(c).at("bytes").at("items").at("method_state"), bytes);
    EXPECT_EQ(result_of(c).at("method").at("spec"), record.method);
    EXPECT_TRUE(result_of(c).at("buffer").at("slots").is_null());

    SavedModel model = load_model(c.save_model);
    const ModelTestSet set = model_test_set(model.info, model.shape, load_dataset("cifar10", c.data_dir), {});
    EXPECT_EQ(evaluate(model.scorer(), set.rows(), {10, 2, 1}).all_classes, record.final_score().acc);
    EXPECT_THAT(user_error([&] { load_head_model(c.save_model); }), HasSubstr("has no head"));
  }
}

TEST_F(RunMethodTest, LearnsClassesThatColourTells) {
  for (const char* spec : {"ncm", "slda", "ridge"})
    EXPECT_GT(run_experiment(method_config("learns", spec), false, {}).final_score().acc, 0.4) << spec;
}

TEST_F(RunMethodTest, ADamagedModelIsAUserError) {
  RunConfig c = method_config("damaged", "slda:pool=1x1");
  c.save_model = (*world_ / "damaged.model").string();
  run_experiment(c, false, {});
  WeightsFile file = read_weights(c.save_model);
  for (const at::Tensor& state :
       {file.tensors[0].second.slice(0, 1).clone(), at::full_like(file.tensors[0].second, 255)}) {
    write_safetensors(*world_ / "altered.model", {{"method.state", state}}, file.metadata);
    EXPECT_THAT(user_error([&] { load_model(*world_ / "altered.model"); }),
                HasSubstr("altered.model is damaged"));
  }
}

TEST_F(RunMethodTest, DoesNotDependOnThreadsAndIsTheSameWhenResumed) {
  for (const char* spec : {"slda:precision=bfloat16", "ridge:features=64"}) {
    RunConfig one = method_config("one", spec), two = method_config("two", spec);
    two.threads = 2;
    two.no_cache = true;
    const auto expected = figures(run_experiment(one, false, {}));
    EXPECT_EQ(figures(run_experiment(two, false, {})), expected) << spec;
    EXPECT_EQ(figures(run_experiment(one, true, {})), expected) << spec << ", with --resume";
  }
}

TEST_F(RunMethodTest, WithEvalTasksEveryTaskIsScoredAndTheStateIsTheSame) {
  RunConfig with = method_config("with", "slda:precision=bfloat16"), without = with;
  with.eval_tasks = true;
  without.exp_name = "without";
  const RunRecord record = run_experiment(with, false, {}), plain = run_experiment(without, false, {});
  ASSERT_EQ(record.trainings.size(), 5U);
  for (std::size_t t = 0; t < 5; ++t) EXPECT_EQ(record.trainings[t].of_task.size(), t + 1);
  EXPECT_EQ(record.buffer_checksum, plain.buffer_checksum);
  EXPECT_EQ(record.final_score().acc, plain.final_score().acc);
  EXPECT_EQ(result_of(with).at("continual").at("accuracy_matrix").size(), 5U);
}

TEST_F(RunMethodTest, ABudgetHoldsForWhatIsKept) {
  RunConfig c = method_config("budget", "slda:pool=1x1,precision=bfloat16");
  const std::int64_t needed = 2 * 10 * 256 + 256 * 255 + 4 * 256 + 4 * 10;
  c.memory_bytes = std::to_string(needed);
  EXPECT_EQ(run_experiment(c, false, {}).bytes.ledger.kept_total(), needed);
  c.memory_bytes = std::to_string(needed - 1);
  for (const auto& act : {std::function<void()>([&] { run_experiment(c, false, {}); }),
                          std::function<void()>([&] { make_forecaster()(c, {}); })})
    EXPECT_THAT(user_error(act),
                AllOf(HasSubstr("a budget of 71463 bytes is too small"), HasSubstr("71464")));
}

TEST_F(RunMethodTest, WorksOnAnIidStreamAndOnPixels) {
  RunConfig iid = method_config("iid", "slda");
  iid.stream = "iid";
  EXPECT_EQ(run_experiment(iid, false, {}).trainings.size(), 1U);
  RunConfig pixels = method_config("pixels", "ncm");
  pixels.encoder = "none";
  pixels.weights.clear();
  EXPECT_EQ(run_experiment(pixels, false, {}).bytes.ledger.kept_total(), 4 * 10 * 3072 + 40);
}

TEST_F(RunMethodTest, ViewsCutsAndPoolingServeEveryMethod) {
  struct Case {
    const char *blocks, *pool, *views;
    std::int64_t values;
  };
  for (const char* method : {"gdumb", "slda"})
    for (const Case& form : {Case{"3+4", "none", "none", 1536}, Case{"2+3", "1x1+1x2", "flip", 640},
                             Case{"", "2x1", "flip:keep", 512}, Case{"3", "none", "flip", 1024}}) {
      RunConfig c = method_config("form", method);
      SCOPED_TRACE(fmt::format("{} {} {} {}", method, form.blocks, form.pool, form.views));
      c.blocks = form.blocks;
      c.pool = form.pool;
      c.views = form.views;
      c.save_model = (*world_ / "form.model").string();
      c.whole_dataset = c.method == "gdumb";
      validate(c, {});
      const RunRecord record = run_experiment(c, false, {});
      SavedModel model = load_model(c.save_model);
      EXPECT_EQ(model.shape[0] * model.shape[1] * model.shape[2], form.values);
      if (c.method == "gdumb") {
        EXPECT_EQ(record.held, SmallWorld::kTrainImages * (c.views == "flip:keep" ? 2 : 1));
        RunConfig once = c;  // forecasts assume the whole CIFAR-10
        once.views = "none";
        const std::int64_t views = record.held / SmallWorld::kTrainImages;
        EXPECT_EQ(make_forecaster()(c, {}).held, views * make_forecaster()(once, {}).held);
      }
      const ModelTestSet set =
          model_test_set(model.info, model.shape, load_dataset("cifar10", c.data_dir), {});
      EXPECT_EQ(evaluate(model.scorer(), set.rows(), {10, 2, 1}).all_classes, record.final_score().acc);
    }
}

TEST_F(RunMethodTest, RefusesWhatDoesNotGoTogether) {
  struct Case {
    std::function<void(RunConfig&)> change;
    std::set<std::string> given;
    const char* what;
  };
  const std::vector<Case> table{
      {[](RunConfig& c) { c.method = "sdla"; }, {}, "method 'sdla' is unknown"},
      {[](RunConfig& c) {
         c.method = "slda";
         c.codec = "none";
       },
       {"codec"},
       "--codec belongs to --method gdumb"},
      {[](RunConfig& c) { c.method = "slda"; }, {"memory_size"}, "--memory_size belongs to --method gdumb"},
      {[](RunConfig& c) { c.method = "ncm"; }, {"num_passes"}, "--num_passes belongs to --method gdumb"},
      {[](RunConfig& c) { c.method = "ncm"; }, {"save_buffer"}, "--save_buffer belongs to --method gdumb"},
      {[](RunConfig& c) { c.blocks = "3+5"; }, {"blocks"}, "--blocks names '5'"},
      {[](RunConfig& c) { c.blocks = "4+3"; }, {"blocks"}, "from the first to the deepest"},
      {[](RunConfig& c) { c.blocks = "3+3"; }, {"blocks"}, "from the first to the deepest"},
      {[](RunConfig& c) { c.blocks = "3"; }, {"blocks", "encoding_block"}, "exclude each other"},
      {[](RunConfig& c) { c.pool = "1x3"; }, {"pool"}, "--pool behind block 3 is 1x3"},
      {[](RunConfig& c) {
         c.pool = "1x1+1x1+1x1";
         c.blocks = "3+4";
       },
       {"pool"},
       "there are 2 blocks"},
      {[](RunConfig& c) { c.pool = "wide"; }, {"pool"}, "--pool is 'wide'"},
      {[](RunConfig& c) {
         c.pool = "1x1";
         c.backbone = "resnet";
       },
       {"pool"},
       "give --backbone mlp"},
      {[](RunConfig& c) { c.views = "turn"; }, {"views"}, "--views is 'turn'"},
      {[](RunConfig& c) {
         c.views = "flip";
         c.encoder = "none";
       },
       {"views"},
       "--views flip averages features"},
      {[](RunConfig& c) {
         c.encoder = "none";
         c.blocks = "3";
       },
       {"blocks"},
       "--blocks belongs to --encoder"}};
  for (const Case& c : table) {
    RunConfig broken = config("refused");
    c.change(broken);
    EXPECT_THAT(user_error([&] { validate(broken, c.given); }), HasSubstr(c.what));
  }
}

TEST_F(RunMethodTest, WithAHoldoutTrainingImagesAreScoredInPlaceOfTheTestImages) {
  for (const char* method : {"slda", "gdumb"}) {
    RunConfig c = method_config("holdout", method);
    c.holdout = 0.3;
    c.whole_dataset = c.method == "gdumb";
    validate(c, {"holdout"});
    const RunRecord record = run_experiment(c, false, {});
    const double right = 30 * record.final_score().acc;  // three of the ten images of ten classes
    EXPECT_NEAR(right, std::round(right), 1e-9) << method;
    EXPECT_EQ(record.held, c.whole_dataset ? 70 : 0);
    c.exp_name.clear();
    EXPECT_THAT(default_exp_name(c), HasSubstr("_holdout-0.3"));
  }
  RunConfig both = method_config("both", "slda");
  both.holdout = 0.1;
  both.views = "flip:keep";
  EXPECT_THAT(user_error([&] { validate(both, {}); }), HasSubstr("--views flip:keep makes two of each"));
  both.holdout = 0.95;
  EXPECT_THAT(user_error([&] { validate(both, {}); }),
              HasSubstr("--holdout is 0.95, but must be from 0 to 0.9"));
}

TEST_F(RunMethodTest, HasANameOfItsOwn) {
  RunConfig c = method_config("", "slda:pool=1x2,precision=bfloat16");
  c.weights.clear();
  c.blocks = "3+4";
  c.pool = "1x1+none";
  c.views = "flip";
  EXPECT_EQ(default_exp_name(c),
            "cifar10_cutr-3+4_pool-1x1+none_slda-pool-1x2-precision-bfloat16_s0_views-flip");
}

}  // namespace
}  // namespace packrat
