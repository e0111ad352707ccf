#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "engine/core/interrupt.h"
#include "engine/experiment/forecast.h"
#include "engine/experiment/model_file.h"
#include "engine/experiment/model_test_set.h"
#include "engine/experiment/recipe.h"
#include "models/weights_io.h"
#include "tests/data/expect_error.h"
#include "tests/experiment/small_runs.h"

namespace packrat {
namespace {
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_data::user_error;

class RunHybridTest : public SmallRuns {
 protected:
  static RunConfig hybrid_config(const std::string& name, const std::string& method) {
    RunConfig c = config(name);
    c.method = method;
    c.recipe = "fast";
    apply_recipe(c, {"num_passes"});
    c.hidden = 32;
    c.overwrite = true;
    return c;
  }
};

const char* const kHybrids[] = {"hybrid:slda:pool=1x1,precision=bfloat16+replay",
                                "hybrid:slda:pool=1x1+replay:combine=prior", "hybrid:ncm+replay:weight=0.3"};

TEST_F(RunHybridTest, ChargesBothHalvesAndItsModelIsReadBackToTheSameScores) {
  for (const std::string spec : kHybrids) {
    SCOPED_TRACE(spec);
    RunConfig c = hybrid_config("charged", spec);
    c.save_model = (*world_ / "hybrid.model").string();
    const RunRecord record = run_experiment(c, false, {});
    EXPECT_EQ(record.method, spec);
    EXPECT_EQ(result_of(c).at("method").at("spec"), spec);
    EXPECT_THAT(record.method_note, HasSubstr("of the head and"));
    const WeightsFile file = read_weights(c.save_model);
    const std::int64_t state = find_tensor(file.tensors, "method.state")->numel();
    const ByteLedger& ledger = record.bytes.ledger;
    EXPECT_EQ(ledger.bytes(Item::kMethodState), state);
    EXPECT_EQ(record.bytes.audit.measured_bytes, ledger.buffer_total() + state);
    EXPECT_EQ(make_forecaster()(c, {}).exact_bytes, record.bytes.audit.exact_bytes);
    EXPECT_FALSE(record.bytes.audit.published_mib);
    EXPECT_EQ(record.held, 30);

    SavedModel model = load_model(c.save_model);
    const ModelTestSet set = model_test_set(model.info, model.shape, load_dataset("cifar10", c.data_dir), {});
    EXPECT_EQ(evaluate(model.scorer(), set.rows(), {10, 2, 1}).all_classes, record.final_score().acc);
    EXPECT_TRUE(model.gives_probabilities());
    EXPECT_THAT(user_error([&] { load_head_model(c.save_model); }), HasSubstr("more than a head"));
  }
}

TEST_F(RunHybridTest, TheBudgetInBytesHoldsForBothHalves) {
  RunConfig c = hybrid_config("budget", kHybrids[0]);
  const std::int64_t state = run_experiment(c, false, {}).bytes.ledger.bytes(Item::kMethodState);
  c.memory_bytes = std::to_string(state + 9000);
  const RunRecord record = run_experiment(c, false, {});
  EXPECT_LE(record.bytes.ledger.kept_total(), state + 9000);
  EXPECT_GT(record.bytes.ledger.kept_total(), state + 8000);
  EXPECT_EQ(make_forecaster()(c, {}).slots, record.slots);
  for (const std::int64_t bytes : {state - 1, state}) {
    c.memory_bytes = std::to_string(bytes);
    EXPECT_THAT(user_error([&] { run_experiment(c, false, {}); }),
                AllOf(HasSubstr(c.memory_bytes), HasSubstr("raise --memory_bytes")));
  }
}

TEST_F(RunHybridTest, DoesNotDependOnThreadsAndIsTheSameWhenStoppedAndResumed) {
  for (const char* const spec : kHybrids) {
    SCOPED_TRACE(spec);
    RunConfig one = hybrid_config("one", spec), two = hybrid_config("two", spec);
    one.eval_tasks = two.eval_tasks = true;
    const auto expected = figures(run_experiment(one, false, {}));
    two.threads = 2;
    for (const int stop_after : {1, 4}) {
      int passes = 0;
      RunHooks hooks;
      hooks.progress = [&](std::string_view phase, std::int64_t, std::int64_t) {
        if (phase == "train" && ++passes == stop_after) stop_requested() = true;
      };
      EXPECT_THROW(run_experiment(two, false, hooks), Interrupted);
      stop_requested() = false;
      EXPECT_EQ(figures(run_experiment(two, true, {})), expected);
    }
  }
}

TEST_F(RunHybridTest, ADamagedModelIsAUserError) {
  RunConfig c = hybrid_config("damaged", kHybrids[1]);
  c.save_model = (*world_ / "whole.model").string();
  run_experiment(c, false, {});
  const WeightsFile file = read_weights(c.save_model);
  for (const char* const name : {"method.state", "fc.weight", "prior.log_scale"}) {
    StateDict altered;
    for (const auto& [tensor_name, tensor] : file.tensors)
      altered.emplace_back(tensor_name, tensor_name == name ? tensor.slice(0, 0, 0).clone() : tensor);
    write_safetensors(*world_ / "altered.model", altered, file.metadata);
    EXPECT_THAT(user_error([&] { load_model(*world_ / "altered.model"); }),
                ::testing::Not(HasSubstr("internal")))
        << name;
  }
}

}  // namespace
}  // namespace packrat
