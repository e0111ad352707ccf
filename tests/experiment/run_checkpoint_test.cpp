#include "engine/experiment/run_checkpoint.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "engine/core/files.h"
#include "engine/experiment/run_options.h"
#include "models/weights_io.h"
#include "tests/data/expect_error.h"
#include "tests/data/small_dataset.h"
#include "tests/experiment/example_record.h"

namespace packrat {
namespace {
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_data::TempFolder;
using testing_data::user_error;

LearnerOptions small_learner() {
  LearnerOptions options;
  options.head = {"mlp", Cut(), {4, 2, 2}, 3};
  return options;
}

RunCheckpoint example_checkpoint() {
  RunCheckpoint checkpoint;
  checkpoint.task = 3;
  checkpoint.position = {7, 11};
  checkpoint.learner = Learner(small_learner(), Rng(5)).state();
  checkpoint.curve = {{1, 0.25, 0.5, 2.0}, {3, 1.0 / 3, 0.5, 1.5}};
  checkpoint.of_task = {0.5, 1.0 / 3};
  checkpoint.buffer_checksum = "00ff00ff00ff00ff";
  checkpoint.record = example_record();
  return checkpoint;
}

TEST(RunCheckpoint, ReadsBackWhatWasSaved) {
  const TempFolder folder;
  const RunCheckpoint saved = example_checkpoint();
  save_checkpoint(folder / "c.safetensors", {}, saved);
  const RunCheckpoint loaded = load_checkpoint(folder / "c.safetensors", {});
  EXPECT_EQ(loaded.task, 3);
  EXPECT_EQ(loaded.position.pass, 7);
  EXPECT_EQ(loaded.position.step, 11);
  EXPECT_EQ(loaded.buffer_checksum, saved.buffer_checksum);
  ASSERT_EQ(loaded.curve.size(), 2U);
  EXPECT_EQ(loaded.curve[1].pass, 3);
  EXPECT_EQ(loaded.curve[1].acc, 1.0 / 3);
  EXPECT_EQ(loaded.of_task, saved.of_task);
  ASSERT_EQ(loaded.record.trainings.size(), 1U);
  EXPECT_EQ(loaded.record.trainings[0].of_task, saved.record.trainings[0].of_task);
  EXPECT_EQ(loaded.record.seconds, saved.record.seconds);
  ASSERT_EQ(loaded.learner.size(), saved.learner.size());
  for (const auto& [name, tensor] : saved.learner) {
    const at::Tensor* const back = find_tensor(loaded.learner, name);
    ASSERT_NE(back, nullptr) << name;
    EXPECT_TRUE(at::equal(*back, tensor) && back->scalar_type() == tensor.scalar_type()) << name;
  }
}

TEST(RunCheckpoint, ALearnerTakesItsStateBack) {
  const TempFolder folder;
  save_checkpoint(folder / "c.safetensors", {}, example_checkpoint());
  const RunCheckpoint loaded = load_checkpoint(folder / "c.safetensors", {});
  Learner learner(small_learner(), Rng(6));
  learner.restore(loaded.learner, loaded.position);
  EXPECT_EQ(learner.position().pass, 7);
  EXPECT_EQ(learner.position().step, 11);
  for (const auto& [name, tensor] : learner.state())
    EXPECT_TRUE(at::equal(tensor, *find_tensor(loaded.learner, name))) << name;
}

TEST(RunCheckpoint, IsRefusedByARunWithOtherOptionsWhichAreNamed) {
  const TempFolder folder;
  save_checkpoint(folder / "c", {}, example_checkpoint());
  RunConfig other_passes, other_codec, other_seed;
  other_passes.num_passes = 64;
  other_codec.compressor = "thinning";
  other_seed.seed = 1;
  EXPECT_THAT(user_error([&] { load_checkpoint(folder / "c", other_passes); }),
              AllOf(HasSubstr("num_passes = 128"), HasSubstr("num_passes = 64")));
  EXPECT_THAT(user_error([&] { load_checkpoint(folder / "c", other_codec); }),
              HasSubstr("compressor = thinning"));
  EXPECT_THAT(user_error([&] { load_checkpoint(folder / "c", other_seed); }), HasSubstr("seed = 1"));
}

TEST(RunCheckpoint, IsTakenByTheSameRunInAnotherPlace) {
  const TempFolder folder;
  save_checkpoint(folder / "c", {}, example_checkpoint());
  RunConfig moved;
  moved.threads = 7;
  moved.workers = 3;
  moved.data_dir = "elsewhere";
  moved.log_dir = "logs";
  moved.exp_name = "mine";
  moved.no_cache = true;
  moved.save_model = "model";
  moved.n_states = 9;  // does not apply without quantization
  EXPECT_NO_THROW(load_checkpoint(folder / "c", moved));
}

TEST(RunCheckpoint, EveryOptionThatChangesResultsIsInItsFingerprint) {
  RunConfig config;
  config.encoder = "cutr";
  const std::set<std::string> places{"threads",  "workers",     "buffer_device", "buffer_storage",
                                     "data_dir", "cache_dir",   "no_cache",      "log_dir",
                                     "exp_name", "save_buffer", "save_model",    "overwrite"};
  for (const RunOption& option : run_options())
    EXPECT_EQ(fingerprint(config).find(option.name + " = ") != std::string::npos,
              applies(option, config) && option.group != "Energy" && places.count(option.name) == 0)
        << option.name;
}

TEST(RunCheckpoint, AMissingFileSaysThereIsNothingToResume) {
  const TempFolder folder;
  EXPECT_THAT(user_error([&] { load_checkpoint(folder / "none", {}); }),
              AllOf(HasSubstr("nothing to resume"), HasSubstr((folder / "none").string())));
}

TEST(RunCheckpoint, AFileOfAnotherKindIsRefused) {
  const TempFolder folder;
  write_safetensors(folder / "weights", {{"w", at::ones({3})}});
  EXPECT_THAT(user_error([&] { load_checkpoint(folder / "weights", {}); }), HasSubstr("not a checkpoint"));
  testing_data::write_text(folder / "text", "hello");
  EXPECT_THAT(user_error([&] { load_checkpoint(folder / "text", {}); }), HasSubstr("text"));
}

TEST(RunCheckpoint, ADamagedFileIsAUserErrorAtEveryLength) {
  const TempFolder folder;
  save_checkpoint(folder / "whole", {}, example_checkpoint());
  const std::string whole = read_text(folder / "whole");
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{7}, std::size_t{100}, whole.size() / 2, whole.size() - 1}) {
    testing_data::write_text(folder / "cut", whole.substr(0, size));
    EXPECT_THAT(user_error([&] { load_checkpoint(folder / "cut", {}); }), HasSubstr("cut"))
        << size << " bytes";
  }
}

TEST(RunCheckpoint, NonsenseInsideAGoodFileIsAUserError) {
  const TempFolder folder;
  for (const char* state :
       {"", "{", "{}", "[]", R"({"task": "one"})", R"({"task": 1, "pass": 2, "step": 0})"}) {
    write_safetensors(folder / "c", {{"w", at::ones({3})}},
                      {{"packrat_checkpoint", state}, {"options", fingerprint({})}});
    EXPECT_THAT(user_error([&] { load_checkpoint(folder / "c", {}); }), HasSubstr("damaged")) << state;
  }
}

}  // namespace
}  // namespace packrat
