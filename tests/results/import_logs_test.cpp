#include "engine/results/import_logs.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <map>
#include <stdexcept>

#include "engine/core/error.h"
#include "engine/core/rng.h"
#include "engine/core/utf8.h"
#include "engine/experiment/run_options.h"
#include "engine/results/results_store.h"
#include "tests/data/expect_error.h"
#include "tests/results/example_runs.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing_data::TempFolder;
using testing_data::user_error;
using testing_data::write_text;

// As the original program writes it: a time in front, options of the chosen parts alone, blocks as numbers,
// and its best pass on the last line.
const std::string kOptions =
    "Namespace(dataset='CIFAR100', num_classes_per_task=5, num_tasks=20, seed=2, sampler='greedy_sampler', "
    "memory_size=1000, encoder='cutr34', encoding_block=3, compressor='quantization', n_states=8, "
    "strategy='tiny_imagenet_transfer', backbone='resnet', backbone_block=3, num_passes=128.0, "
    "log_file=None, "
    "model='ResNet', whole_dataset=False, exp_name='x')";
const std::string kLog = "[2023-01-05 10:00:00] " + kOptions +
                         "\n[2023-01-05 10:00:01] pass 0: Acc: [0.01]\n"
                         "[2023-01-05 11:00:00] Acc: [0.3125]\n\n";

TEST(ParseLog, ReadsTheOptionsAndTheAccuracy) {
  const LoggedRun run = parse_log(kLog);
  EXPECT_EQ(run.config.dataset, "CIFAR100");
  EXPECT_EQ(run.config.compressor, "quantization");
  EXPECT_EQ(run.config.n_states, 8);
  EXPECT_EQ(run.config.memory_size, 1000);
  EXPECT_EQ(run.config.strategy, "tiny_imagenet_transfer");
  EXPECT_EQ(run.config.encoding_block, "3");
  EXPECT_EQ(run.config.backbone_block, "3");
  EXPECT_EQ(run.config.num_passes, 128) << "a whole number printed as a float";
  EXPECT_EQ(run.config.seed, 2);
  EXPECT_EQ(run.given.count("whole_dataset"), 1u);
  EXPECT_EQ(run.given.count("maxlr"), 0u) << "the log does not say it";
  EXPECT_EQ(run.best_acc, 0.3125);
}

TEST(ParseLog, ReadsAccuraciesAsPythonPrintsThem) {
  for (const auto& [logged, read] : std::map<std::string, double>{{"[0.25, 0.5, 0.75]", 0.75},
                                                                  {"[0.25 0.5]", 0.5},
                                                                  {"[ 0.5 ]", 0.5},
                                                                  {"[1e-05]", 1e-5},
                                                                  {"[0.0]", 0},
                                                                  {"[1]", 1},
                                                                  {"[0.5], best of 128", 0.5}})
    EXPECT_EQ(parse_log(replaced(kLog, "[0.3125]", logged)).best_acc, read) << logged;
}

TEST(ParseLog, LinesEndAsPythonReadsThem) {
  for (const char* end : {"\n", "\r\n", "\r", "\n\r\n  \n"}) {
    const std::string log =
        kOptions + end + "Acc: [0.1]" + end + "\x1b[32m 45%|#### | 1/2 [00:01<00:02]\rAcc: [0.25]" + end;
    EXPECT_EQ(parse_log(log).best_acc, 0.25);
  }
}

TEST(ParseLog, RefusesWhatIsNotAFinishedRun) {
  const auto refusal = [](const std::string& text) { return user_error([&] { parse_log(text); }); };
  EXPECT_THAT(refusal(kLog + "pass 3"), HasSubstr("did not finish"));
  EXPECT_THAT(refusal(replaced(kLog, "[0.3125]", "[0.3125")), HasSubstr("did not finish"));
  EXPECT_THAT(refusal(""), HasSubstr("does not say dataset=..."));
  EXPECT_THAT(refusal("Acc: [0.5]"), HasSubstr("does not say dataset=..."));
  EXPECT_THAT(refusal(replaced(kLog, "memory_size=1000", "memory_size=99999999999999999999")),
              HasSubstr("does not say memory_size"));
  for (const char* number :
       {"31.250", "nan", "inf", "", ".5.5", "1e-99999", "1e99999", "-0.1", "0x1p-1", "0.5,"})
    EXPECT_THAT(refusal(replaced(kLog, "0.3125", number)), HasSubstr("is not a fraction")) << number;
  const std::string many = replaced(kLog, "0.3125", std::string(100'000, '9') + "\xff");
  EXPECT_LT(refusal(many).size(), 200u) << "a message stays a line";
}

TEST(ParseLog, ValuesArePythonsLiteralsAndNothingInsideThemCounts) {
  const LoggedRun run = parse_log(replaced(replaced(kLog, "'x'", "\"it's seed=9, memory_size=5)\""),
                                           "log_file=None", "log_dir='caf\xe9'"));
  EXPECT_EQ(run.config.exp_name, "it's seed=9, memory_size=5)");
  EXPECT_EQ(run.config.seed, 2);
  EXPECT_EQ(run.config.memory_size, 1000);
  EXPECT_EQ(run.config.log_dir, "caf\\xe9");
}

TEST(ParseLog, ATextWithoutANamespaceIsReadWhereItsOptionsStandAndMayNotContradictItself) {
  const std::string plain = "dataset='CIFAR10'\nencoder='none' compressor='none'\nmemory_size=10, seed=1\n";
  EXPECT_EQ(parse_log(plain + "Acc: [0.5]").config.memory_size, 10);
  EXPECT_EQ(parse_log(plain + "seed=1\nAcc: [0.5]").config.seed, 1);
  EXPECT_THAT(user_error([&] { parse_log(plain + "Acc: [0.1]\nseed=2\nAcc: [0.5]"); }),
              HasSubstr("it says seed='1' and seed='2'"));
}

TEST(ParseLog, DataSetsHaveOneNameAndASpecIsACodec) {
  EXPECT_EQ(parse_log(replaced(kLog, "'CIFAR100'", "'cifar100'")).config.dataset, "CIFAR100");
  const LoggedRun run = parse_log(replaced(kLog, "'quantization'", "'thin:factor=0.9|float16'"));
  EXPECT_EQ(run.config.codec, "thin:factor=0.9|float16");
  EXPECT_EQ(run.given.count("compressor"), 0u);
  EXPECT_EQ(parse_log(replaced(kLog, "'quantization'", "'telepathy'")).config.compressor, "telepathy");
}

TEST(ParseLog, AnAlteredLogIsReadOrRefusedInAShortLine) {
  const std::vector<std::string> pieces{"Namespace(",
                                        "'",
                                        "\"",
                                        "\\",
                                        "(",
                                        "[",
                                        "]",
                                        ")",
                                        "=",
                                        "Acc: [",
                                        "\n",
                                        "\r",
                                        "\xff",
                                        "1e-99999",
                                        std::string(400, '9'),
                                        "memory_size=",
                                        "seed=-1",
                                        "compressor='quantize:states=4,range=local|entropy'",
                                        "\\udcff",
                                        "\\U0010ffff",
                                        "\\x",
                                        "compressor='convae:channels=9'",
                                        std::string(3, '\0')};
  Rng rng(11);
  int read = 0, refused = 0;
  for (int i = 0; i < 4000; ++i) {
    std::string text = rng.below(2) == 0 ? kLog : kLog + kLog;
    for (std::uint64_t changes = rng.below(6); changes > 0; --changes) {
      const std::size_t at = rng.below(text.size() + 1);
      const std::uint64_t kind = rng.below(3);
      if (kind == 0) text.insert(at, pieces[rng.below(pieces.size())]);
      if (kind == 1) text.erase(at, rng.below(40));
      if (kind == 2 && at < text.size()) text[at] = static_cast<char>(rng.below(256));
    }
    for (const std::string_view run : runs_in_log(text)) try {
        const LoggedRun logged = parse_log(run);
        ++read;
        EXPECT_TRUE(logged.best_acc >= 0 && logged.best_acc <= 1);
        for (const RunOption& option : run_options())
          EXPECT_TRUE(is_utf8(value_text(option, logged.config))) << option.name;
      } catch (const UserError& error) {
        ++refused;
        EXPECT_LT(std::string(error.what()).size(), 250u);
        EXPECT_TRUE(is_utf8(error.what()));
      }
  }
  EXPECT_GT(read, 1000);
  EXPECT_GT(refused, 300);
}

TEST(RunsInLog, ALogTwiceWrittenToHoldsTwoRunsWithTheirOwnOptions) {
  const std::string other = replaced(replaced(kLog, "seed=2", "seed=7"), "0.3125", "0.1");
  const std::string log = other + kLog;
  const auto runs = runs_in_log(log);
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(parse_log(runs[0]).config.seed, 7);
  EXPECT_EQ(parse_log(runs[0]).best_acc, 0.1);
  EXPECT_EQ(parse_log(runs[1]).config.seed, 2);
  EXPECT_EQ(parse_log(runs[1]).best_acc, 0.3125);
  EXPECT_EQ(runs_in_log(kLog + "sampler: Namespace(alpha=1)\nAcc: [0.5]").size(), 1u)
      << "not the options of a run";
  EXPECT_EQ(runs_in_log("").size(), 1u);
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
  EXPECT_EQ(runs[1].best_acc, 0.3125) << "the original logs its best pass";
  EXPECT_EQ(runs[1].final_acc, std::nullopt);
  EXPECT_EQ(runs[1].exact_bytes, 100'000);
  EXPECT_EQ(runs[1].published_mib, 0.25);
  EXPECT_EQ(runs[1].measured_bytes, std::nullopt);
  EXPECT_TRUE(runs[1].seconds.empty());
}

std::vector<std::string> names_of(const std::vector<ImportedLog>& imported) {
  std::vector<std::string> names;
  for (const ImportedLog& log : imported) names.push_back(log.name);
  return names;
}

TEST(ImportLogs, NoTwoSourcesShareAFolder) {
  const TempFolder folder;
  const auto log_of = [](const std::string& accuracy) { return replaced(kLog, "0.3125", accuracy); };
  write_text(folder / "old" / "a" / "b" / "checkpoint.log", log_of("0.1"));
  write_text(folder / "old" / "a_b" / "checkpoint.log", log_of("0.2") + log_of("0.25"));
  write_text(folder / "old" / "a_b-2" / "checkpoint.log", log_of("0.3"));
  write_text(folder / "more" / "a" / "b" / "checkpoint.log", log_of("0.4"));
  write_result(folder / "new", "c");
  write_text(folder / "more" / "c" / "checkpoint.log", log_of("0.5"));
  for (const int time : {1, 2}) {  // the second time replaces what the first one made
    EXPECT_THAT(names_of(import_logs(folder / "old", folder / "new", known_bytes)),
                ElementsAre("a_b", "a_b-2", "a_b-3", "a_b-2-2"))
        << time;
    EXPECT_THAT(names_of(import_logs(folder / "more", folder / "new", known_bytes)),
                ElementsAre("a_b-4", "c-2"))
        << time;
  }
  std::map<std::string, double> best;
  for (const StoredRun& run : load_runs(folder / "new"))
    if (run.imported) best[run.name] = *run.best_acc;
  EXPECT_EQ(
      best,
      (std::map<std::string, double>{
          {"a_b", 0.1}, {"a_b-2", 0.2}, {"a_b-3", 0.25}, {"a_b-2-2", 0.3}, {"a_b-4", 0.4}, {"c-2", 0.5}}));
}

TEST(ImportLogs, IntoTheLogsOwnFoldersMayBeDoneAgain) {
  const TempFolder folder;
  write_text(folder / "old" / "a" / "checkpoint.log", kLog);
  for (const int time : {1, 2})
    EXPECT_THAT(names_of(import_logs(folder / "old", folder / "old", known_bytes)), ElementsAre("a")) << time;
}

TEST(ImportLogs, WhatOneLogHoldsNeverLosesTheOthers) {
  const TempFolder folder;
  const fs::path old = folder / "old";
  std::string accuracies = "0.1234";
  for (int i = 0; i < 100'000; ++i) accuracies += ", 0.1234";
  write_text(old / "a-long" / "checkpoint.log", replaced(kLog, "[0.3125]", "[" + accuracies + ", 0.4321]"));
  write_text(old / "b-tiny" / "checkpoint.log", replaced(kLog, "0.3125", "1e-99999"));
  write_text(old / "c-latin" / "checkpoint.log", replaced(kLog, "'x'", "'caf\xe9'"));
  write_text(old / "caf\xe9" / "checkpoint.log", kLog);
  write_text(old / "d-zero" / "checkpoint.log", std::string(100'000, '\0') + kLog);
  write_text(old / "e-open" / "checkpoint.log", std::string(100'000, '(') + "\n" + kLog);
  write_text(old / "f-utf16" / "checkpoint.log", std::string("\xff\xfeN\0a\0", 6));
  write_text(old / "g-huge" / "checkpoint.log",
             replaced(kLog, "n_states=8", "n_states=-9223372036854775808"));
  write_text(old / std::string(120, 'h') / std::string(120, 'i') / "checkpoint.log", kLog);
  fs::create_directories(old / "j-folder" / "checkpoint.log");
  fs::create_directories(old / "k-dangling");
  fs::create_symlink("/no/such/file", old / "k-dangling" / "checkpoint.log");
  fs::create_directories(old / "l-pipe");
  ASSERT_EQ(::mkfifo((old / "l-pipe" / "checkpoint.log").c_str(), 0600), 0);
  const auto imported = import_logs(old, folder / "new", [](const RunConfig& config) -> RunForecast {
    if (config.n_states < 0) throw std::logic_error("a formula that fails");
    return known_bytes(config);
  });
  std::map<std::string, std::string> problems;
  std::size_t count = 0;
  for (const ImportedLog& log : imported) {
    count += log.problem.empty();
    problems[log.log.parent_path().filename().string()] = log.problem;
  }
  EXPECT_EQ(count, 7u);
  EXPECT_THAT(problems.at("b-tiny"), HasSubstr("'1e-99999' is not a fraction"));
  EXPECT_THAT(problems.at("f-utf16"), HasSubstr("UTF-16"));
  EXPECT_THAT(problems.at("k-dangling"), HasSubstr("not a file"));
  EXPECT_THAT(problems.at("l-pipe"), HasSubstr("not a file"));
  EXPECT_EQ(load_runs(folder / "new").size(), 7u);
  EXPECT_EQ(load_run(folder / "new" / "a-long" / "result.json").best_acc, 0.4321);
  EXPECT_EQ(load_run(folder / "new" / "c-latin" / "result.json").name, "c-latin");
  EXPECT_EQ(load_run(folder / "new" / "caf\\xe9" / "result.json").name, "caf\\xe9");
}

TEST(ImportLogs, AFolderThatCannotBeWrittenEndsTheImport) {
  const TempFolder folder;
  write_text(folder / "old" / "a" / "checkpoint.log", kLog);
  write_text(folder / "new", "a file");
  EXPECT_THAT(user_error([&] { import_logs(folder / "old", folder / "new", known_bytes); }),
              HasSubstr("new"));
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
