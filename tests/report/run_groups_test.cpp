#include "engine/report/run_groups.h"

#include <gmock/gmock.h>

#include <set>

#include "tests/report/example_runs.h"

namespace packrat {
namespace {
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAreArray;

TEST(SpreadOf, GivesMedianLeastAndGreatest) {
  EXPECT_EQ(spread_of({}), std::nullopt);
  struct Case {
    std::vector<double> values;
    double median, low, high;
  };
  for (const Case& c : std::vector<Case>{
           {{7}, 7, 7, 7}, {{3, 1}, 2, 1, 3}, {{9, 1, 2}, 2, 1, 9}, {{4, 1, 3, 2}, 2.5, 1, 4}}) {
    const auto spread = spread_of(c.values);
    ASSERT_TRUE(spread);
    EXPECT_EQ(spread->median, c.median);
    EXPECT_EQ(spread->low, c.low);
    EXPECT_EQ(spread->high, c.high);
    EXPECT_EQ(spread->count, c.values.size());
  }
}

TEST(RunGroups, SeedsMakeOnePointWithAnErrorBar) {
  std::vector<StoredRun> runs;
  for (const int seed : {2, 0, 1}) runs.push_back(example_run("3", quantized(4), 100, seed));
  const auto groups = group_runs(runs);
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].first().seed, 0) << "by seed";
  const auto point = memory_point(groups[0], BytesColumn::kMeasured, AccuracyColumn::kFinal);
  ASSERT_TRUE(point);
  EXPECT_NEAR(point->y, 31, 1e-9);
  EXPECT_NEAR(point->low.value(), 30, 1e-9);
  EXPECT_NEAR(point->high.value(), 32, 1e-9);
  EXPECT_DOUBLE_EQ(point->x, (100 * 256 + 100) / 1048576.0);
  EXPECT_DOUBLE_EQ(memory_point(groups[0], BytesColumn::kExact, AccuracyColumn::kFinal)->x,
                   100 * 256 / 1048576.0);
  EXPECT_DOUBLE_EQ(memory_point(groups[0], BytesColumn::kPublished, AccuracyColumn::kFinal)->x,
                   100 * 32 / 1048576.0);
  EXPECT_NEAR(memory_point(groups[0], BytesColumn::kExact, AccuracyColumn::kBest)->y, 36, 1e-9);
}

TEST(RunGroups, OneSeedHasNoErrorBar) {
  const std::vector<StoredRun> runs{example_run("3", quantized(4), 100)};
  const auto point = memory_point(group_runs(runs)[0], BytesColumn::kMeasured, AccuracyColumn::kFinal);
  ASSERT_TRUE(point);
  EXPECT_EQ(point->low, std::nullopt);
  EXPECT_EQ(point->high, std::nullopt);
}

TEST(RunGroups, HoverNamesSettingSlotsSeedsAndBytes) {
  std::vector<StoredRun> runs;
  for (const int seed : {0, 1, 2}) runs.push_back(budgeted(example_run("3", quantized(4), 100, seed), 30000));
  const std::string hover =
      memory_point(group_runs(runs)[0], BytesColumn::kExact, AccuracyColumn::kFinal)->hover;
  EXPECT_THAT(
      hover, AllOf(HasSubstr("quantization 4 local"), HasSubstr("CIFAR10, cutr34(3)"), HasSubstr("100 slots"),
                   HasSubstr("budget of 30000 bytes"), HasSubstr("31.00 % (30.00 to 32.00, 3 seeds)"),
                   HasSubstr("measured"), HasSubstr("exact"), HasSubstr("published"), HasSubstr("8 passes")));
}

TEST(RunGroups, AValueThatIsNotKnownMakesNoPoint) {
  std::vector<StoredRun> runs{example_run("3", quantized(4), 100)};
  runs[0].published_mib = std::nullopt;
  runs[0].best_acc = std::nullopt;
  const auto groups = group_runs(runs);
  EXPECT_EQ(memory_point(groups[0], BytesColumn::kPublished, AccuracyColumn::kFinal), std::nullopt);
  EXPECT_EQ(memory_point(groups[0], BytesColumn::kMeasured, AccuracyColumn::kBest), std::nullopt);
  EXPECT_TRUE(memory_point(groups[0], BytesColumn::kMeasured, AccuracyColumn::kFinal));
}

TEST(RunGroups, WhereARunWasMadeDoesNotSeparateItAndWhatItComputesDoes) {
  for (const char* const name : {"threads", "data_dir", "exp_name", "log_dir", "save_model"}) {
    std::vector<StoredRun> runs{example_run("3", quantized(4), 100, 0),
                                example_run("3", quantized(4), 100, 1)};
    runs[1].options[name] = "other";
    EXPECT_EQ(group_runs(runs).size(), 1u) << name;
  }
  for (const char* const name : {"num_passes", "maxlr", "regularization", "sampler", "weights", "device"}) {
    std::vector<StoredRun> runs{example_run("3", quantized(4), 100, 0),
                                example_run("3", quantized(4), 100, 1)};
    runs[0].options[name] = "one";
    runs[1].options[name] = "other";
    const auto groups = group_runs(runs);
    ASSERT_EQ(groups.size(), 2u) << name;
    EXPECT_EQ(groups[0].recipe, std::string(name) + " one");
    EXPECT_EQ(groups[1].series_name(), std::string("quantization 4 local (") + name + " other)");
  }
}

TEST(RunGroups, WhateverChangesTheTaskMakesAnotherOne) {
  const auto with = [](const std::map<std::string, std::string>& options) {
    StoredRun run = example_run("3", quantized(4), 100);
    for (const auto& [name, value] : options) run.options[name] = value;
    return run;
  };
  struct Case {
    std::map<std::string, std::string> one, other;
    std::vector<std::string> tasks;
  };
  for (const Case& c : {
           Case{{{"num_tasks", "1"}, {"num_classes_per_task", "2"}},
                {{"num_tasks", "5"}, {"num_classes_per_task", "2"}},
                {"CIFAR10 1x2 classes", "CIFAR10 5x2 classes"}},
           Case{{{"num_tasks", "5"}, {"num_classes_per_task", "2"}},
                {{"num_tasks", "2"}, {"num_classes_per_task", "5"}},
                {"CIFAR10 2x5 classes", "CIFAR10 5x2 classes"}},
           Case{{{"stream", "class_incremental"}},
                {{"stream", "iid"}},
                {"CIFAR10 class_incremental", "CIFAR10 iid"}},
           Case{{}, {{"stream", "iid"}}, {"CIFAR10 class_incremental", "CIFAR10 iid"}},
           Case{{{"class_order_seed", "-1"}},
                {{"class_order_seed", "3"}},
                {"CIFAR10 label order", "CIFAR10 class order 3"}},
           Case{{}, {{"stream", "class_incremental"}, {"class_order_seed", "-1"}}, {"CIFAR10"}},
       }) {
    const std::vector<StoredRun> runs{with(c.one), with(c.other)};
    const auto groups = group_runs(runs);
    EXPECT_THAT(tasks_of(groups), UnorderedElementsAreArray(c.tasks));
    for (const RunGroup& group : groups) EXPECT_EQ(group.recipe, "") << "the task says it";
  }
}

TEST(RunGroups, TwoGpusAreOneKindOfDevice) {
  std::vector<StoredRun> runs(3, example_run("3", quantized(4), 100));
  runs[0].options["device"] = "cuda:0";
  runs[1].options["device"] = "cuda:1";
  runs[2].options["device"] = "cpu";
  std::set<std::string> recipes;
  for (const RunGroup& group : group_runs(runs)) recipes.insert(group.recipe);
  EXPECT_EQ(recipes, (std::set<std::string>{"device cpu", "device cuda"}));
}

TEST(RunGroups, ImportedRunsStayApart) {
  std::vector<StoredRun> runs{example_run("3", quantized(4), 100), example_run("3", quantized(4), 100)};
  runs[1].imported = true;
  const auto groups = group_runs(runs);
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].recipe + groups[1].recipe, "imported");
}

TEST(RunGroups, NumbersOfSlotsAndBudgetsAreGroupsOfTheirOwn) {
  std::vector<StoredRun> runs{example_run("3", quantized(4), 100), example_run("3", quantized(4), 1000)};
  EXPECT_EQ(group_runs(runs).size(), 2u);
  // A budget holds fewer entries with one seed than with another when entries differ in size: still one
  // group.
  runs = {budgeted(example_run("3", quantized(4), 100, 0), 30000),
          budgeted(example_run("3", quantized(4), 101, 1), 30000),
          budgeted(example_run("3", quantized(4), 100, 0), 60000)};
  EXPECT_EQ(group_runs(runs).size(), 2u);
}

TEST(RunGroups, StandInTheOrderOfDataSetEncoderFamilySettingSlots) {
  const std::vector<StoredRun> runs{
      example_run("3", quantized(16), 10),   example_run("3", quantized(4), 1000),
      example_run("3", quantized(4), 20),    example_run("3", thinned("0.9"), 10),
      example_run("3", no_codec(), 10),      example_run("2", quantized(4), 10),
      example_run("none", quantized(4), 10), example_run("none", no_codec(), 10, 0, "AAA")};
  std::vector<std::string> order;
  for (const RunGroup& group : group_runs(runs))
    order.push_back(
        fmt::format("{} {} {}", encoder_text(group.first()), group.first().setting, *group.first().slots));
  EXPECT_THAT(order,
              ElementsAre("no encoder none 10", "no encoder quantization 4 local 10",
                          "cutr34(2) quantization 4 local 10", "cutr34(3) none 10",
                          "cutr34(3) thinning 0.9 10", "cutr34(3) quantization 4 local 20",
                          "cutr34(3) quantization 4 local 1000", "cutr34(3) quantization 16 local 10"));
}

TEST(RunGroups, FamiliesTellLocalFromTransferredRangesAndChains) {
  EXPECT_EQ(family_key(example_run("3", no_codec(), 1)), "none");
  EXPECT_EQ(family_key(example_run("3", thinned("0.9"), 1)), "thinning");
  EXPECT_EQ(family_key(example_run("3", quantized(4), 1)), "quantization local");
  EXPECT_EQ(family_key(example_run("3", quantized(4, "cifar100_transfer"), 1)), "quantization transfer");
  for (const auto& [spec, key] :
       std::map<std::string, std::string>{{"quantize:states=4,range=local", "quantization local"},
                                          {"quantize:states=4,range=0:1", "quantization transfer"},
                                          {"thin:factor=0.9|quantize:states=4,range=local", "chain"},
                                          {"float16", "float16"}})
    EXPECT_EQ(family_key(example_run("3", {{{"codec", spec}}, spec, 1}, 1)), key);
}

TEST(RunGroups, SettingsOfAFamilyDifferInTheirMarkers) {
  const auto markers = [](const std::vector<ExampleCodec>& codecs) {
    std::set<int> seen;
    for (const ExampleCodec& codec : codecs) seen.insert(setting_variant(example_run("none", codec, 1)));
    return seen.size();
  };
  EXPECT_EQ(markers({thinned("0.5"), thinned("0.8"), thinned("0.9"), thinned("0.95")}), 4u);
  EXPECT_EQ(markers({quantized(2), quantized(4), quantized(8), quantized(16), quantized(32)}), 5u);
  EXPECT_EQ(markers({convae(1), convae(2), convae(4), convae(8), convae(16)}), 5u);
  EXPECT_EQ(setting_variant(example_run("3", no_codec(), 1)), 0);
}

TEST(RunGroups, SettingsAreNamedWithoutWhatIsTheSameInAllRuns) {
  std::vector<StoredRun> runs{example_run("none", convae(8), 10),
                              example_run("none", quantized(4, "cifar100_transfer"), 10)};
  const auto names = [&] {
    std::set<std::string> seen;
    for (const RunGroup& group : group_runs(runs)) seen.insert(group.series_name());
    return seen;
  };
  EXPECT_EQ(names(), (std::set<std::string>{"convae 8", "quantization 4 transfer"}));
  runs.push_back(example_run("none", quantized(4, "tiny_imagenet_transfer"), 10));
  runs.push_back(example_run("none", convae(8, 3), 10));
  EXPECT_EQ(names(),
            (std::set<std::string>{runs[0].setting, runs[1].setting, runs[2].setting, runs[3].setting}));
  EXPECT_THAT(memory_point(group_runs({runs[0]})[0], BytesColumn::kExact, AccuracyColumn::kFinal)->hover,
              HasSubstr(runs[0].setting));
}

TEST(RunGroups, RandomGuessingFollowsFromTheClasses) {
  StoredRun run = example_run("3", no_codec(), 1, 0, "CIFAR100");
  EXPECT_EQ(random_accuracy(run), 1.0);
  run.classes = std::nullopt;
  EXPECT_EQ(random_accuracy(run), std::nullopt);
}

TEST(RunGroups, NoRunsMakeNoGroups) {
  EXPECT_TRUE(group_runs({}).empty());
}

}  // namespace
}  // namespace packrat
