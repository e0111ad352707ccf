#include "engine/sweep/grid.h"

#include <gmock/gmock.h>

#include "engine/experiment/validate.h"
#include "engine/sweep/experiment_kind.h"
#include "tests/data/expect_error.h"

namespace packrat {
namespace {
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing_data::user_error;

std::vector<std::string> names(const std::string& text) {
  std::vector<std::string> all;
  for (const PlannedRun& run : expand(parse_grid(text, "grid"), "out")) all.push_back(run.name);
  return all;
}

TEST(Grid, ListsMultiplyAndTheLastOptionChangesFastest) {
  EXPECT_THAT(names("seed = [0, 1]\nmemory_size = [10, 20]\nnum_passes = 4"),
              ElementsAre("cifar10_none_none_10_p4_s0", "cifar10_none_none_20_p4_s0",
                          "cifar10_none_none_10_p4_s1", "cifar10_none_none_20_p4_s1"));
}

TEST(Grid, ListsThatMultiplyWithoutEndAreRefusedAtOnce) {
  std::string text;
  for (const char* const option :
       {"seed", "memory_size", "num_passes", "batch_size", "class_order_seed", "num_tasks"}) {
    text += fmt::format("{} = [2", option);
    for (int i = 3; i <= 40; ++i) text += fmt::format(", {}", i);
    text += "]\n";
  }
  EXPECT_THAT(user_error([&] { parse_grid(text, "the grid"); }),
              AllOf(HasSubstr("the grid"), HasSubstr("more than 100000 runs")));
}

TEST(Grid, AnOptionMultipliesOnlyTheRunsItAppliesTo) {
  // none: 1; thinning: 2 factors; quantization: 3 states x 2 strategies.
  const auto runs = expand(parse_grid(R"(compressor = ["none", "thinning", "quantization"]
                                         compression_factor = [0.5, 0.9]
                                         n_states = [2, 4, 8]
                                         strategy = ["local", "range:0:1"])",
                                      "grid"),
                           "out");
  EXPECT_EQ(runs.size(), 1u + 2 + 3 * 2);
  for (const PlannedRun& run : runs) {
    const RunConfig config = run_config(run);
    EXPECT_EQ(run.options.count("n_states"), config.compressor == "quantization" ? 1u : 0u) << run.name;
    EXPECT_NO_THROW(validate(config, given_options(run))) << run.name;
    EXPECT_EQ(config.log_dir, "out");
    EXPECT_EQ(config.exp_name, run.name);
  }
}

TEST(Grid, TablesAreAddedUpAndEqualRunsCountOnce) {
  EXPECT_THAT(names(R"(memory_size = 10
                       num_passes = 4
                       [[grid]]
                       seed = [0, 1]
                       [[grid]]
                       seed = [1, 2]
                       [[grid]]
                       memory_size = 20)"),
              ElementsAre("cifar10_none_none_10_p4_s0", "cifar10_none_none_10_p4_s1",
                          "cifar10_none_none_10_p4_s2", "cifar10_none_none_20_p4_s0"));
}

TEST(Grid, RulesLeaveOutRunsThatMatchAllTheirLines) {
  EXPECT_THAT(
      names(R"(memory_size = [10, 20, 30]
                       seed = [0, 1]
                       num_passes = 4
                       [[exclude]]
                       memory_size = [10, 20]
                       seed = 1
                       [[exclude]]
                       memory_size = 30
                       seed = 0)"),
      ElementsAre("cifar10_none_none_10_p4_s0", "cifar10_none_none_20_p4_s0", "cifar10_none_none_30_p4_s1"));
}

TEST(Grid, ARuleComparesValuesNotTheirSpelling) {
  EXPECT_EQ(names("compressor = \"thinning\"\ncompression_factor = [0.5, "
                  "0.9]\n[[exclude]]\ncompression_factor = 0.50")
                .size(),
            1u);
}

TEST(Grid, ValuesFromOutsideReplaceThoseOfEveryTable) {
  Grid grid =
      parse_grid("num_passes = 4\n[[grid]]\nseed = 1\n[[grid]]\nseed = [2, 3]\nmemory_size = 20", "grid");
  set_values(grid, "seed", {"7"});
  set_values(grid, "num_passes", {"8"});
  std::vector<std::string> all;
  for (const PlannedRun& run : expand(grid, "out", {"seed", "num_passes"})) all.push_back(run.name);
  EXPECT_THAT(all, ElementsAre("cifar10_none_none_1000_p8_s7", "cifar10_none_none_20_p8_s7"));
}

TEST(Grid, ABudgetInBytesStandsInForSlots) {
  const auto runs = expand(parse_grid("memory_bytes = [600000, \"1MiB\"]", "grid"), "out");
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(run_config(runs[0]).memory_bytes, "600000");
  EXPECT_EQ(runs[1].name, "cifar10_none_none_1048576B_p128_s0");
}

TEST(Grid, ARecipeSetsTheDefaultsOfItsRunsAlone) {
  const auto runs = expand(parse_grid(R"(recipe = ["published", "fast"]
                                         dropout = [0.3, 0.5])",
                                      "grid"),
                           "out");
  std::vector<std::string> all;
  for (const PlannedRun& run : runs) {
    const RunConfig config = run_config(run);
    all.push_back(run.name);
    EXPECT_EQ(config.backbone, config.recipe == "fast" ? "mlp_bn" : "resnet") << run.name;
    EXPECT_NO_THROW(validate(config, given_options(run))) << run.name;
  }
  EXPECT_THAT(all, ElementsAre("cifar10_none_none_1000_p128_s0",
                               "cifar10_none_none_1000_p20_s0_recipe-fast_dropout-0.3",
                               "cifar10_none_none_1000_p20_s0_recipe-fast"));
}

TEST(Grid, EveryMistakeNamesItsPlace) {
  struct Case {
    const char *text, *message;
  };
  for (const Case& c : {
           Case{"seed = [0]\nno_such = 1", "grid:2: no_such: unknown option"},
           Case{"seed = \"many\"",
                "grid:1: seed: --seed is 'many', but must be a whole number from 0 to 9223372036854775807"},
           Case{"seed = 1.5", "--seed is '1.5'"},
           Case{"seed = []", "an empty list leaves no run"},
           Case{"seed = [[1]]", "give a value, or a list of values"},
           Case{"log_dir = \"x\"", "grid:1: log_dir: the sweep sets this option itself"},
           Case{"save_model = \"x\"", "the sweep sets this option itself"},
           Case{"n_states = 4",
                "--n_states applies to no run of the grid: it belongs to --compressor quantization"},
           Case{"memory_size = 4\nmemory_bytes = 5",
                "--memory_size applies to no run of the grid: another option"},
           Case{"seed = 1\n[[exclude]]\nseed = 2", "[[exclude]] number 1 leaves out no run"},
           Case{"seed = 1\n[[exclude]]\nseed = 1", "no run is left"},
           Case{"[grid]\nseed = 1", "write [[grid]]"},
           Case{"workers = [0, 1]", "two runs of the grid would both be called"},
           Case{"seed = ", "grid:1: "},
           Case{"seed = 1\ncommand = \"fit\"", "grid:2: command: `packrat fit` cannot be swept: choose run"},
           Case{"command = 3", "grid:1: command: "},
           Case{"model = \"head\"", "model: unknown option"},
           Case{"method = \"vd\"", "method 'vd' is unknown: choose from gdumb"},
       })
    EXPECT_THAT(user_error([&] { parse_grid(c.text, "grid"); }), HasSubstr(c.message)) << c.text;
}

}  // namespace
}  // namespace packrat
