#include "engine/experiment/run.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "compressors/codec.h"
#include "engine/buffer/buffer_file.h"
#include "engine/buffer/mapped_buffer.h"
#include "engine/core/files.h"
#include "engine/experiment/metrics.h"
#include "engine/experiment/model_file.h"
#include "engine/experiment/result_log.h"
#include "engine/experiment/validate.h"
#include "engine/train/evaluation.h"
#include "tests/data/expect_error.h"
#include "tests/experiment/small_runs.h"

namespace packrat {
namespace {
using ::testing::HasSubstr;
using testing_data::user_error;

class RunTest : public SmallRuns {};

TEST_F(RunTest, CountsImagesSlotsBytesAndScores) {
  const RunConfig c = config("counts");
  const RunRecord record = run_experiment(c, false, {});
  EXPECT_EQ(record.classes, 10);
  EXPECT_EQ(record.slots, 30);
  EXPECT_EQ(record.held, 30);
  EXPECT_EQ(record.codec, "quantize:states=4,range=local");
  EXPECT_EQ(record.bytes.entry_bytes, 1024 * 2 / 8 + 8);
  EXPECT_EQ(record.bytes.ledger.bytes(Item::kPayload), 30 * 264);
  EXPECT_EQ(record.bytes.ledger.bytes(Item::kLabels), 30);
  EXPECT_GT(record.bytes.ledger.bytes(Item::kEncoderWeights), 1000000);
  EXPECT_GT(record.bytes.ledger.bytes(Item::kHeadWeights), 1000 * 400);
  EXPECT_EQ(record.bytes.audit.measured_bytes, record.bytes.ledger.buffer_total());
  EXPECT_EQ(record.weights_sha256, sha256_of_file(c.weights));
  EXPECT_EQ(record.data_sha256.size(), 64U);
  EXPECT_GT(record.peak_memory_bytes, 1 << 20);

  ASSERT_EQ(record.trainings.size(), 1U);
  const TrainingRecord& training = record.trainings[0];
  EXPECT_EQ(training.task, 4);
  EXPECT_EQ(training.held, 30);
  EXPECT_EQ(training.of_task.size(), 5U);
  ASSERT_EQ(training.curve.size(), 2U) << "after pass 3, which ends a cycle, and after the last";
  EXPECT_EQ(training.curve[0].pass, 3);
  EXPECT_EQ(training.curve[1].pass, 4);
  double mean = 0;
  for (const double accuracy : training.of_task) mean += accuracy / 5;
  EXPECT_NEAR(record.final_score().acc, mean, 1e-12) << "tasks of equal size";
  EXPECT_GE(record.final_score().task_acc, record.final_score().acc);
}

TEST_F(RunTest, WritesTheLogAndTheResultAndLeavesNoCheckpoint) {
  const RunConfig c = config("files");
  const RunRecord record = run_experiment(c, false, {});
  const RunFolder folder(c);
  EXPECT_EQ(read_text(folder.log), log_text(c, record));
  EXPECT_EQ(result_of(c).at("accuracy").at("final"), record.final_score().acc);
  EXPECT_EQ(result_of(c).at("config"), config_to_json(c));
  EXPECT_FALSE(std::filesystem::exists(folder.checkpoint));
}

TEST_F(RunTest, LearnsClassesThatColourTells) {
  RunConfig c = config("learns");
  c.num_passes = 16;
  const RunRecord record = run_experiment(c, false, {});
  EXPECT_GT(record.final_score().acc, 0.4) << "chance is 0.1";
}

TEST_F(RunTest, TheSameSeedGivesTheSameFiguresOnOneAndTwoThreads) {
  RunConfig one = config("one"), two = config("two");
  one.no_cache = two.no_cache = true;  // so that both really encode
  two.threads = 2;
  EXPECT_EQ(figures(run_experiment(one, false, {})), figures(run_experiment(two, false, {})));
}

TEST_F(RunTest, AnotherSeedKeepsOtherImages) {
  RunConfig other = config("seed-1");
  other.seed = 1;
  EXPECT_NE(run_experiment(config("seed-0"), false, {}).buffer_checksum,
            run_experiment(other, false, {}).buffer_checksum);
}

TEST_F(RunTest, FeaturesFromTheCacheGiveTheSameFiguresAsFreshOnes) {
  RunConfig cached = config("cached"), fresh = config("fresh");
  cached.cache_dir = (*world_ / "cache").string();
  fresh.no_cache = true;
  const auto expected = figures(run_experiment(fresh, false, {}));
  EXPECT_EQ(figures(run_experiment(cached, false, {})), expected);
  const RunRecord again = run_experiment(cached, false, {});
  EXPECT_EQ(figures(again), expected);
  EXPECT_THAT(again.cache_note, HasSubstr("1 of 1 chunks"));
}

TEST_F(RunTest, WithEvalTasksEveryTaskGetsATrainingAndTheMatrixARow) {
  RunConfig c = config("tasks");
  c.eval_tasks = true;
  const RunRecord record = run_experiment(c, false, {});
  ASSERT_EQ(record.trainings.size(), 5U);
  for (std::size_t t = 0; t < 5; ++t) {
    EXPECT_EQ(record.trainings[t].task, static_cast<std::int64_t>(t));
    EXPECT_EQ(record.trainings[t].of_task.size(), t + 1);
    EXPECT_EQ(record.trainings[t].held, std::min<std::int64_t>(30, 20 * (static_cast<std::int64_t>(t) + 1)));
  }
  const auto continual = result_of(c).at("continual");
  EXPECT_EQ(continual.at("accuracy_matrix").size(), 5U);
  for (const Metric& metric : metrics()) EXPECT_TRUE(continual.at(metric.name).is_number()) << metric.name;
}

TEST_F(RunTest, TheLastTaskOfEvalTasksIsTheRunWithoutIt) {
  RunConfig with = config("with"), without = config("without");
  with.eval_tasks = true;
  const RunRecord a = run_experiment(with, false, {}), b = run_experiment(without, false, {});
  EXPECT_EQ(a.buffer_checksum, b.buffer_checksum);
  EXPECT_EQ(a.final_score().acc, b.final_score().acc);
  EXPECT_EQ(a.final_score().mean_loss, b.final_score().mean_loss);
}

TEST_F(RunTest, EvalEveryScoresEveryKthPassAndTheLast) {
  RunConfig c = config("every");
  c.eval_every = 2;
  const RunRecord record = run_experiment(c, false, {});
  std::vector<std::int64_t> passes;
  for (const PassScore& score : record.trainings[0].curve) passes.push_back(score.pass);
  EXPECT_THAT(passes, ::testing::ElementsAre(1, 3, 4));
}

TEST_F(RunTest, ABudgetInBytesIsKeptAndUsedUp) {
  for (const char* budget : {"3000", "5000", "7KiB"}) {
    RunConfig c = config(std::string("bytes-") + budget);
    c.memory_bytes = budget;
    c.save_buffer = (*world_ / "bytes.buffer").string();
    const RunRecord record = run_experiment(c, false, {});
    const std::int64_t bytes = parse_byte_size(budget), used = record.bytes.ledger.buffer_total();
    EXPECT_LE(used, bytes) << budget;
    EXPECT_GT(used, bytes - 265) << budget << ": one more slot would fit";
    EXPECT_EQ(record.held, record.slots);
    EXPECT_EQ(static_cast<std::int64_t>(std::filesystem::file_size(c.save_buffer)) - kBufferFileHeaderBytes,
              used);
    EXPECT_THAT(read_text(RunFolder(c).log), HasSubstr("memory_size=" + std::to_string(record.slots)));
  }
}

TEST_F(RunTest, TheWholeDataSetIsKeptAsTheUpperBound) {
  RunConfig c = config("everything");
  c.whole_dataset = true;
  const RunRecord record = run_experiment(c, false, {});
  EXPECT_EQ(record.held, SmallWorld::kTrainImages);
  EXPECT_EQ(record.trainings.back().held, SmallWorld::kTrainImages);
}

TEST_F(RunTest, FewerClassesThanThereAreMeansFewerImages) {
  RunConfig c = config("four classes");
  c.num_tasks = 2;
  c.whole_dataset = true;
  const RunRecord record = run_experiment(c, false, {});
  EXPECT_EQ(record.classes, 4);
  EXPECT_EQ(record.held, SmallWorld::kTrainImages * 4 / 10);
  EXPECT_EQ(record.trainings[0].of_task.size(), 2U);
}

TEST_F(RunTest, AnIidStreamKeepsABalancedBufferOfItsOwn) {
  RunConfig c = config("iid"), tasks = config("not iid");
  c.stream = "iid";
  c.save_buffer = (*world_ / "iid.buffer").string();
  const RunRecord record = run_experiment(c, false, {});
  EXPECT_EQ(record.held, 30);
  EXPECT_NE(record.buffer_checksum, run_experiment(tasks, false, {}).buffer_checksum);
  const SavedBuffer saved = load_buffer(c.save_buffer);
  for (int label = 0; label < 10; ++label)
    EXPECT_EQ(saved.buffer.counts().held(label), 3) << "class " << label;
}

TEST_F(RunTest, WithoutAnEncoderEntriesArePixels) {
  RunConfig c = config("pixels");
  c.encoder = "none";
  c.weights.clear();
  c.compressor = "none";
  const RunRecord record = run_experiment(c, false, {});
  EXPECT_EQ(record.bytes.entry_bytes, 3072);
  EXPECT_EQ(record.bytes.ledger.bytes(Item::kEncoderWeights), 0);
  EXPECT_EQ(record.weights_sha256, "");
}

TEST_F(RunTest, AResNetHeadTrainsBehindTheCut) {
  RunConfig c = config("resnet");
  c.backbone = "resnet18";
  c.num_passes = 2;
  EXPECT_EQ(run_experiment(c, false, {}).trainings[0].curve.size(), 1U);
}

TEST_F(RunTest, TheSavedModelScoresTheTestSetAsTheRunDid) {
  RunConfig c = config("saved");
  c.save_model = (*world_ / "saved.safetensors").string();
  c.class_order_seed = 3;  // outputs of the head are then not in label order
  const RunRecord record = run_experiment(c, false, {});
  SavedModel model = load_model(c.save_model);
  EXPECT_EQ(model.info.class_names.size(), 10U);
  EXPECT_EQ(model.info.weights_sha256, record.weights_sha256);
  const Dataset dataset = load_dataset("cifar10", c.data_dir);
  const std::vector<float> rows = model_rows(model, dataset.test, {});
  LabelledRows set{ConstRows(rows.data(), dataset.test.count(), 1024), {}};
  for (const std::uint16_t label : dataset.test.labels) {
    const auto output = std::find(model.info.class_order.begin(), model.info.class_order.end(), label);
    set.labels.push_back(static_cast<std::uint16_t>(output - model.info.class_order.begin()));
  }
  EXPECT_EQ(evaluate(*model.head, set, {2, 1, "cpu"}).all_classes, record.final_score().acc);
}

TEST_F(RunTest, TheSavedBufferIsTheOneThatWasTrainedOn) {
  RunConfig c = config("buffer");
  c.save_buffer = (*world_ / "one.buffer").string();
  const RunRecord record = run_experiment(c, false, {});
  const SavedBuffer saved = load_buffer(c.save_buffer);
  EXPECT_EQ(saved.buffer.size(), record.held);
  EXPECT_EQ(saved.buffer.codec().spec(), record.codec);
  EXPECT_EQ(saved.buffer.ledger().buffer_total(), record.bytes.ledger.buffer_total());
}

TEST_F(RunTest, ABufferInAFileHasTheBytesAndAccuraciesOfOneInMemory) {
  RunConfig c = config("in memory"), mapped = config("in a file");
  mapped.buffer_storage = "mapped:" + (*world_ / "mapped.buffer").string();
  const RunRecord record = run_experiment(c, false, {});
  for (const char* time : {"made", "replaced"}) {
    const RunRecord in_file = run_experiment(mapped, false, {});
    EXPECT_EQ(in_file.buffer_checksum, record.buffer_checksum) << time;
    EXPECT_EQ(in_file.final_score().acc, record.final_score().acc) << time;
    const SavedBuffer kept = open_mapped_buffer(*world_ / "mapped.buffer");
    EXPECT_EQ(kept.buffer.size(), record.held) << time;
    EXPECT_EQ(kept.draws.offered, SmallWorld::kTrainImages) << time;
    mapped.overwrite = true;
  }
}

TEST_F(RunTest, ABufferInAFileStaysWhenTheNewOneCannotBeMade) {
  RunConfig c = config("kept");
  const std::filesystem::path file = *world_ / "kept.buffer";
  c.buffer_storage = "mapped:" + file.string();
  const RunRecord record = run_experiment(c, false, {});
  c.exp_name = "refused";
  c.memory_bytes = "100";
  EXPECT_THAT(user_error([&] { run_experiment(c, false, {}); }), HasSubstr("too small"));
  EXPECT_EQ(open_mapped_buffer(file).buffer.size(), record.held);
}

TEST_F(RunTest, ABufferInAFileReplacesNoFileOfAnotherKind) {
  RunConfig c = config("a file that is there");
  const std::filesystem::path file = *world_ / "precious";
  testing_data::write_text(file, "not a mapped buffer");
  c.buffer_storage = "mapped:" + file.string();
  EXPECT_THAT(user_error([&] { run_experiment(c, false, {}); }), HasSubstr(file.string()));
  EXPECT_EQ(read_text(file), "not a mapped buffer");
  c.buffer_storage = "mapped:";
  EXPECT_THAT(user_error([&] { validate(c, {"buffer_storage"}); }), HasSubstr("memory or mapped:FILE"));
}

TEST_F(RunTest, MistakesAreUserErrorsThatNameTheRemedy) {
  struct Case {
    std::function<void(RunConfig&)> change;
    const char* what;
  };
  for (const Case& c : {Case{[](RunConfig& r) { r.dataset = "MNIST"; }, "MNIST"},
                        Case{[](RunConfig& r) { r.data_dir = "/nowhere"; }, "/nowhere"},
                        Case{[](RunConfig& r) { r.num_tasks = 6; }, "6"},
                        Case{[](RunConfig& r) { r.weights = "/nowhere/net.pth"; }, "/nowhere/net.pth"},
                        Case{[](RunConfig& r) { r.encoder = "cutr34"; }, "resnet34"},
                        Case{[](RunConfig& r) { r.strategy = "global"; }, "'global'"},
                        Case{[](RunConfig& r) { r.device = "abacus"; }, "abacus"},
                        Case{[](RunConfig& r) { r.memory_bytes = "100"; }, "100"}}) {
    RunConfig broken = config("broken");
    c.change(broken);
    EXPECT_THAT(user_error([&] { run_experiment(broken, false, {}); }), HasSubstr(c.what));
    EXPECT_FALSE(std::filesystem::exists(RunFolder(broken).result)) << c.what;
  }
}

TEST_F(RunTest, AFileThatCannotBeWrittenAtTheEndCostsNoTraining) {
  RunConfig c = config("late");
  c.save_model = (*world_ / "file" / "model").string();
  RunHooks spoiler;  // a file that could be written when the run began
  spoiler.progress = [&](std::string_view, std::int64_t, std::int64_t) {
    std::filesystem::remove_all(*world_ / "file");
    testing_data::write_text(*world_ / "file", "no folder any more");
  };
  EXPECT_THAT(user_error([&] { run_experiment(c, false, spoiler); }), HasSubstr("file"));
  ASSERT_TRUE(std::filesystem::exists(RunFolder(c).checkpoint));
  const auto trained = result_of(c).at("accuracy");
  c.save_model = (*world_ / "model").string();
  std::vector<std::string> phases;
  RunHooks hooks;
  hooks.progress = [&](std::string_view phase, std::int64_t, std::int64_t) { phases.emplace_back(phase); };
  run_experiment(c, true, hooks);
  EXPECT_THAT(phases, ::testing::Not(::testing::Contains("train")));
  EXPECT_EQ(result_of(c).at("accuracy"), trained);
  EXPECT_TRUE(std::filesystem::exists(c.save_model));
  EXPECT_FALSE(std::filesystem::exists(RunFolder(c).checkpoint));
}

TEST_F(RunTest, TellsItsPhases) {
  std::set<std::string> phases;
  std::vector<std::string> notes;
  RunHooks hooks;
  hooks.progress = [&](std::string_view phase, std::int64_t done, std::int64_t total) {
    EXPECT_LE(done, total) << phase;
    phases.insert(std::string(phase));
  };
  hooks.note = [&](const std::string& line) { notes.push_back(line); };
  RunConfig c = config("phases");
  c.no_cache = true;
  const RunRecord record = run_experiment(c, false, hooks);
  EXPECT_THAT(phases, ::testing::Contains("encode"));
  EXPECT_GE(phases.size(), 2U);
  EXPECT_FALSE(notes.empty());
  for (const char* phase : {"load", "encode", "ingest", "train", "evaluate", "decode"})
    EXPECT_GE(record.seconds.at(phase), 0) << phase;
}

}  // namespace
}  // namespace packrat
