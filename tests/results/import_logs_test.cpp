#include "engine/results/import_logs.h"

#include <gmock/gmock.h>

#include "engine/core/error.h"
#include "engine/results/results_store.h"
#include "tests/data/expect_error.h"
#include "tests/results/example_runs.h"

namespace packrat {
namespace {
using ::testing::HasSubstr;
using testing_data::TempFolder;
using testing_data::user_error;
using testing_data::write_text;

// As the original program writes it: a time in front, options of its own, and the accuracy on the last line.
const char* const kLog =
    "[2023-01-05 10:00:00] Namespace(backbone='resnet', backbone_block='3', compression_factor=0.5, "
    "compressor='quantization', dataset='CIFAR100', encoder='cutr34', encoding_block='3', exp_name='x', "
    "log_file=None, memory_size=1000, model='ResNet', n_states=8, num_classes_per_task=5, num_passes=128.0, "
    "num_tasks=20, seed=2, sampler='greedy_sampler', strategy='tiny_imagenet_transfer', "
    "whole_dataset=False)\n"
    "[2023-01-05 10:00:01] pass 0: Acc: [0.01]\n"
    "[2023-01-05 11:00:00] Acc: [0.3125]\n\n";

TEST(ParseLog, ReadsTheOptionsAndTheLastAccuracy) {
  const LoggedRun run = parse_log(kLog);
  EXPECT_EQ(run.config.dataset, "CIFAR100");
  EXPECT_EQ(run.config.compressor, "quantization");
  EXPECT_EQ(run.config.n_states, 8);
  EXPECT_EQ(run.config.memory_size, 1000);
  EXPECT_EQ(run.config.strategy, "tiny_imagenet_transfer");
  EXPECT_EQ(run.config.encoding_block, "3");
  EXPECT_EQ(run.config.num_passes, 128) << "a whole number printed as a float";
  EXPECT_EQ(run.config.seed, 2);
  EXPECT_EQ(run.given.count("whole_dataset"), 1u);
  EXPECT_EQ(run.given.count("maxlr"), 0u) << "the log does not say it";
  EXPECT_EQ(run.final_acc, 0.3125);
}

TEST(ParseLog, ReadsTheLastOfSeveralNumbers) {
  std::string text = kLog;
  text.replace(text.find("[0.3125]"), 8, "[0.25, 0.5, 0.75]");
  EXPECT_EQ(parse_log(text).final_acc, 0.75);
}

TEST(ParseLog, RefusesWhatIsNotAFinishedRun) {
  const std::string text = kLog;
  EXPECT_THAT(user_error([&] { parse_log(text + "pass 3"); }), HasSubstr("did not finish"));
  EXPECT_THAT(user_error([&] { parse_log(""); }), HasSubstr("does not say dataset=..."));
  EXPECT_THAT(user_error([&] { parse_log("Acc: [0.5]"); }), HasSubstr("does not say dataset=..."));
  std::string wrong = text;
  wrong.replace(wrong.find("0.3125"), 6, "31.250");
  EXPECT_THAT(user_error([&] { parse_log(wrong); }), HasSubstr("is not a fraction"));
}

RunForecast known_bytes(const RunConfig& config) {
  RunForecast forecast;
  forecast.exact_bytes = config.memory_size * 100;
  forecast.published_mib = 0.25;
  return forecast;
}

TEST(ImportLogs, MakesRunsThatLoadBesideNewOnesAndAreMarked) {
  const TempFolder folder;
  write_text(folder / "old" / "q8" / "seed2" / "checkpoint.log", kLog);
  write_text(folder / "old" / "unfinished" / "checkpoint.log", "Namespace(dataset='CIFAR10')\n");
  write_text(folder / "old" / "packrat" / "checkpoint.log", kLog);
  write_result(folder / "old", "packrat");
  const auto imported = import_logs(folder / "old", folder / "new", known_bytes);
  ASSERT_EQ(imported.size(), 3u);
  EXPECT_THAT(imported[0].problem, HasSubstr("a run of Packrat"));
  EXPECT_EQ(imported[1].name, "q8_seed2");
  EXPECT_THAT(imported[2].problem, HasSubstr("does not say encoder"));

  write_result(folder / "new", "a-new-one");
  const auto runs = load_runs(folder / "new");
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_FALSE(runs[0].imported);
  EXPECT_TRUE(runs[1].imported);
  EXPECT_EQ(runs[1].setting, "quantization 8 tiny_imagenet_transfer");
  EXPECT_EQ(runs[1].family, "quantization");
  EXPECT_EQ(runs[1].slots, 1000);
  EXPECT_EQ(runs[1].final_acc, 0.3125);
  EXPECT_EQ(runs[1].best_acc, std::nullopt);
  EXPECT_EQ(runs[1].exact_bytes, 100'000);
  EXPECT_EQ(runs[1].published_mib, 0.25);
  EXPECT_EQ(runs[1].measured_bytes, std::nullopt);
  EXPECT_TRUE(runs[1].seconds.empty());
}

TEST(ImportLogs, BytesThatNoFormulaTellsStayUnknown) {
  const TempFolder folder;
  write_text(folder / "old" / "run" / "checkpoint.log", kLog);
  import_logs(folder / "old", folder / "new",
              [](RunConfig) -> RunForecast { throw UserError("no such codec"); });
  const StoredRun run = load_run(folder / "new" / "run" / "result.json");
  EXPECT_EQ(run.exact_bytes, std::nullopt);
  EXPECT_EQ(run.published_mib, std::nullopt);
}

TEST(ImportLogs, AFolderWithoutLogsIsRefused) {
  const TempFolder folder;
  EXPECT_THAT(user_error([&] { import_logs(folder.path(), folder / "new", known_bytes); }),
              HasSubstr("no checkpoint.log below"));
  EXPECT_THAT(user_error([&] { import_logs(folder / "nowhere", folder / "new", known_bytes); }),
              HasSubstr("is not a folder"));
}

}  // namespace
}  // namespace packrat
