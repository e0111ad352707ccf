#include "engine/results/results_store.h"

#include <gmock/gmock.h>

#include "engine/experiment/metrics.h"
#include "engine/results/codec_setting.h"
#include "engine/results/pack_results.h"
#include "engine/results/result_table.h"
#include "tests/data/expect_error.h"
#include "tests/data/make_archive.h"
#include "tests/results/example_runs.h"

namespace packrat {
namespace {
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_data::make_archive;
using testing_data::TempFolder;
using testing_data::user_error;
using testing_data::write_text;

TEST(ResultsStore, MetricsOfTheTasksAreColumnsAndUnknownWhereTasksWereNotScored) {
  const TempFolder folder;
  write_result(folder.path(), "without");
  testing_data::write_text(
      folder / "with" / "result.json",
      replaced(
          result_text("with", 4, 100, 0.5), "\"buffer\"",
          R"("continual": {"accuracy_matrix": [[0.9], [0.6, 0.8]], "forgetting": 0.25, "backward_transfer": null},
                  "buffer")"));
  const ResultTable table = result_table(load_runs(folder.path()));
  ASSERT_EQ(table.rows.size(), 2U);
  for (const Metric& metric : metrics()) {
    const std::size_t column = table.column(metric.name);
    const bool is_known = std::string(metric.name) == "forgetting";
    EXPECT_EQ(table.rows[0][column], is_known ? ResultCell(0.25) : ResultCell()) << metric.name;
    EXPECT_EQ(table.rows[1][column], ResultCell()) << metric.name;
  }
}

TEST(ResultsStore, LoadsEveryFieldOfARun) {
  const TempFolder folder;
  write_result(folder.path(), "one", 4, 100, 0.5);
  const StoredRun run = load_run(folder / "one" / "result.json");
  EXPECT_EQ(run.name, "one");
  EXPECT_FALSE(run.imported);
  EXPECT_EQ(run.dataset, "CIFAR10");
  EXPECT_EQ(run.encoder, "cutr34");
  EXPECT_EQ(run.encoding_block, "3");
  EXPECT_EQ(run.codec, "quantize:states=4,range=local");
  EXPECT_EQ(run.family, "quantization");
  EXPECT_EQ(run.setting, "quantization 4 local");
  EXPECT_EQ(run.options.at("maxlr"), "0.05");
  EXPECT_EQ(run.options.at("whole_dataset"), "false");
  EXPECT_EQ(run.seed, 4);
  EXPECT_EQ(run.num_passes, 8);
  EXPECT_EQ(run.slots, 100);
  EXPECT_EQ(run.held, 100);
  EXPECT_EQ(run.classes, 10);
  EXPECT_EQ(run.budget_bytes, std::nullopt);
  EXPECT_EQ(run.final_acc, 0.5);
  EXPECT_EQ(run.best_acc, 0.875);
  EXPECT_EQ(run.task_acc, 0.9375);
  EXPECT_EQ(run.published_mib, 0.5);
  EXPECT_EQ(run.exact_bytes, 1000);
  EXPECT_EQ(run.measured_bytes, 1100);
  EXPECT_EQ(run.seconds.at("train"), 4);
  EXPECT_EQ(run.peak_memory_bytes, 12345);
  EXPECT_EQ(run.versions.at("Packrat"), "1.2.3");
}

// What `packrat run` writes of a lossy codec, of one that loses nothing, and what it wrote before it scored
// both.
TEST(ResultsStore, KnowsTheAccuracyOnRawAndOnRoundTripFeaturesWhicheverWasChosen) {
  const std::string old = result_text("x", 4, 100, 0.5), task = R"("task": 0.9375)";
  const auto scored = [&](const std::string& more) {
    const TempFolder folder;
    write_text(folder / "result.json", replaced(old, task, task + more));
    return load_run(folder / "result.json");
  };
  const StoredRun raw = scored(R"(, "test_features": "raw", "on_roundtrip": {"final": 0.75, "task": 1})");
  EXPECT_EQ(raw.raw_acc, 0.5);
  EXPECT_EQ(raw.roundtrip_acc, 0.75);
  const StoredRun roundtrip =
      scored(R"(, "test_features": "roundtrip", "on_raw": {"final": 0.25, "task": 1})");
  EXPECT_EQ(roundtrip.raw_acc, 0.25);
  EXPECT_EQ(roundtrip.roundtrip_acc, 0.5);
  const StoredRun lossless = scored(R"(, "test_features": "roundtrip")");
  EXPECT_EQ(lossless.raw_acc, 0.5);
  EXPECT_EQ(lossless.roundtrip_acc, 0.5);
  const StoredRun before = scored("");
  EXPECT_EQ(before.raw_acc, 0.5);
  EXPECT_EQ(before.roundtrip_acc, std::nullopt);
}

TEST(ResultsStore, SpreadsThePayloadOverTheHeldEntries) {
  const TempFolder folder;
  const std::string text = result_text("x", 4, 100, 0.5), why = R"("why": "because)";
  write_text(folder / "result.json",
             replaced(text, why, R"("items": {"payload": 26450, "labels": 100}, )" + why));
  EXPECT_EQ(load_run(folder / "result.json").entry_bytes, 264.5);
  write_text(folder / "result.json", text);
  EXPECT_EQ(load_run(folder / "result.json").entry_bytes, std::nullopt);
}

TEST(ResultsStore, FindsRunsAtEveryDepthInTheOrderOfTheirPaths) {
  const TempFolder folder;
  EXPECT_TRUE(load_runs(folder.path()).empty());
  write_result(folder / "b", "deep");
  write_result(folder.path(), "c");
  write_result(folder.path(), "a");
  const auto runs = load_runs(folder.path());
  ASSERT_EQ(runs.size(), 3u);
  EXPECT_EQ(runs[0].name + runs[1].name + runs[2].name, "adeepc");
}

TEST(ResultsStore, DamagedFilesAreNamed) {
  const TempFolder folder;
  const std::string sound = result_text("x", 4, 100, 0.5);
  for (const std::string& text :
       {std::string(), std::string("{}"), std::string("[1]"), sound.substr(0, 300),
        R"({"exp_name":"x","config":)" + std::string(200000, '[') + std::string(200000, ']') + "}"}) {
    write_text(folder / "x" / "result.json", text);
    EXPECT_THAT(user_error([&] { load_runs(folder.path()); }),
                AllOf(HasSubstr("result.json"), HasSubstr("damaged")));
  }
  EXPECT_THAT(user_error([&] { load_runs(folder / "nowhere"); }), HasSubstr("is not a folder"));
  write_result(folder.path(), "sound");
  int told = 0;
  EXPECT_EQ(load_runs(folder.path(), [&](const std::string&) { ++told; }).size(), 1u);
  EXPECT_EQ(told, 1);
}

TEST(ResultsStore, AnArchiveOfRunsIsReadAsItsFolderWhereverItLies) {
  const TempFolder folder;
  write_result(folder / "packed", "one");
  write_result(folder / "packed", "two");
  const auto same = load_runs(folder / "packed");
  const std::filesystem::path archive = folder / "shipped" / "grid" / kRunsArchive;
  std::filesystem::create_directories(archive.parent_path());
  make_archive(archive, {{"./one/result.json", read_text(same[0].file), ""},
                         {"./two/result.json", read_text(same[1].file), ""},
                         {"./two/checkpoint.log", "no result", ""}});
  for (const std::filesystem::path& place : {archive, folder / "shipped"}) {
    const auto runs = load_runs(place);
    ASSERT_EQ(runs.size(), 2u) << place;
    for (std::size_t r = 0; r < 2; ++r) {
      EXPECT_EQ(runs[r].name, same[r].name);
      EXPECT_EQ(runs[r].final_acc, same[r].final_acc);
      EXPECT_EQ(runs[r].options, same[r].options);
      EXPECT_EQ(runs[r].file, archive / runs[r].name / "result.json");
    }
  }
  write_result(folder / "shipped", "zero");
  EXPECT_EQ(load_runs(folder / "shipped").size(), 3u) << "beside runs that are not packed";
}

TEST(ResultsStore, PackedResultsAreReadAsTheirFoldersWithoutPathsOfThisMachine) {
  const TempFolder folder;
  write_text(
      folder / "runs" / "one" / "result.json",
      replaced(result_text("one", 4, 100, 0.5), R"("config": {)",
               R"("config": {"data_dir": "/home/me/data", "log_dir": "/home/me/runs", "sampler": "ring",)"));
  write_result(folder / "runs" / "deep", "two");
  write_text(folder / "runs" / "one" / "checkpoint.log", "no result");
  const std::filesystem::path archive = folder / "runs" / kRunsArchive;
  const std::vector<std::string> folders{(folder / "runs").string()};
  EXPECT_EQ(pack_results(folders, {packed_runs()}, archive), 2u);
  const std::string bytes = read_text(archive);
  EXPECT_EQ(pack_results(folders, {packed_runs()}, archive), 2u) << "what it is written over does not count";
  EXPECT_EQ(read_text(archive), bytes);
  const auto runs = load_runs(archive);
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].name + runs[1].name, "twoone");
  EXPECT_EQ(runs[1].options.count("data_dir") + runs[1].options.count("log_dir"), 0u);
  EXPECT_EQ(runs[1].options.at("sampler"), "ring");
  EXPECT_EQ(runs[1].measured_bytes, 1100);
}

TEST(ResultsStore, ArchivesBelowAFolderArePackedAsIfTheyHadBeenUnpackedThere) {
  const TempFolder folder;
  write_result(folder / "a", "one");
  write_result(folder / "b", "two");
  const std::filesystem::path inner = folder / "shipped" / "grid" / kRunsArchive,
                              outer = folder / "all.tar.xz";
  std::filesystem::create_directories(inner.parent_path());
  pack_results({(folder / "a").string()}, {packed_runs()}, inner);
  const std::string shipped = (folder / "shipped" / "." / "").string();  // "shipped/./"
  pack_results({shipped, (folder / "b").string()}, {packed_runs()}, outer);
  std::vector<std::string> files;
  for (const StoredRun& run : load_runs(outer)) files.push_back(run.file.lexically_relative(outer).string());
  EXPECT_EQ(files, (std::vector<std::string>{"grid/one/result.json", "two/result.json"}));
  const std::filesystem::path again = folder / "again.tar.xz";
  pack_results({(folder / "." / "all.tar.xz").string()}, {packed_runs()}, again);
  EXPECT_EQ(read_text(again), read_text(outer));
}

TEST(ResultsStore, PathsOfAnArchiveStayBelowIt) {
  const TempFolder folder;
  const std::filesystem::path archive = folder / "x" / kRunsArchive;
  std::filesystem::create_directories(archive.parent_path());
  const std::string text = result_text("x", 4, 100, 0.5);
  make_archive(archive, {{"../up/result.json", text, ""},
                         {"a/../../up/result.json", text, ""},
                         {"/absolute/result.json", text, ""}});
  const auto runs = load_runs(folder.path());
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0].file, archive / "absolute" / "result.json");
}

TEST(ResultsStore, ADamagedArchiveIsNamedOrPassedOver) {
  const TempFolder folder;
  write_result(folder / "a", "one");
  const std::filesystem::path archive = folder / "shipped" / kRunsArchive;
  std::filesystem::create_directories(archive.parent_path());
  pack_results({(folder / "a").string()}, {packed_runs()}, archive);
  const std::string whole = read_text(archive);
  write_text(archive, whole.substr(0, whole.size() / 3));
  EXPECT_THAT(user_error([&] { load_runs(folder.path()); }),
              AllOf(HasSubstr(archive.string()), HasSubstr("pack its runs again")));
  std::vector<std::string> told;
  EXPECT_EQ(load_runs(folder.path(), [&](const std::string& line) { told.push_back(line); }).size(), 1u);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told[0], HasSubstr(archive.string()));
}

TEST(ResultsStore, WhatCannotBePackedIsSaid) {
  const TempFolder folder;
  const auto pack = [&](const std::vector<std::string>& folders) {
    return user_error([&] { pack_results(folders, {packed_runs()}, folder / "out.tar.xz"); });
  };
  std::filesystem::create_directories(folder / "empty");
  EXPECT_THAT(pack({(folder / "empty").string()}), HasSubstr("nothing to pack"));
  write_result(folder / "a", "same");
  write_result(folder / "b", "same");
  EXPECT_THAT(pack({(folder / "a").string(), (folder / "b").string()}), HasSubstr("same/result.json"));
  write_text(folder / "a" / "same" / "result.json", "{}");
  EXPECT_THAT(pack({(folder / "a").string()}), HasSubstr("damaged"));
  EXPECT_FALSE(std::filesystem::exists(folder / "out.tar.xz"));
}

TEST(ResultsStore, AFileThatIsNoArchiveOfRunsIsNamed) {
  const TempFolder folder;
  for (const char* name : {"runs.tar.xz", "result.json"}) {
    write_text(folder / name, "neither");
    EXPECT_THAT(user_error([&] { load_runs(folder / name); }), HasSubstr(name));
  }
  EXPECT_THAT(user_error([&] { load_runs(folder.path()); }), HasSubstr("runs.tar.xz"));
}

TEST(CodecSetting, NamesTheSettingAndTheFamilyOfACodec) {
  EXPECT_EQ(codec_setting({{"compressor", "none"}, {"codec", ""}}), "none");
  EXPECT_EQ(codec_setting({{"compressor", "thinning"}, {"compression_factor", "0.9"}}), "thinning 0.9");
  EXPECT_EQ(codec_setting({{"compressor", "quantization"}, {"strategy", "local"}, {"n_states", "4"}}),
            "quantization 4 local");
  EXPECT_EQ(codec_setting({{"codec", "thin:factor=0.9"}}), "thin:factor=0.9");
  EXPECT_EQ(codec_setting({{"method", "slda"}, {"codec", ""}}), "slda");
  EXPECT_EQ(codec_setting({{"method", "hybrid:slda+replay"}, {"codec", "float16"}}),
            "hybrid:slda+replay float16");
  EXPECT_EQ(codec_family("none"), "none");
  EXPECT_EQ(codec_family("quantize:states=4,range=0:1"), "quantization");
  EXPECT_EQ(codec_family("thin:factor=0.9|quantize:states=16,range=local"), "thinning+quantization");
}

}  // namespace
}  // namespace packrat
