// Every kind of file that Packrat writes and reads back, with bits changed and ends cut off.
#include "tests/support/own_files.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "compressors/autoencoder/training_state.h"
#include "compressors/codec.h"
#include "compressors/registry.h"
#include "engine/buffer/buffer_file.h"
#include "engine/core/files.h"
#include "engine/experiment/model_file.h"
#include "engine/experiment/run_checkpoint.h"
#include "engine/fitting/fitted_codec.h"
#include "models/weights_dir.h"
#include "models/weights_io.h"

namespace packrat {
namespace {
namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing_data::TempFolder;
using testing_data::user_error;

void save_example_model(const fs::path& path) {
  RunConfig config;
  config.encoder = "cutr";
  config.encoding_block = "4";
  const Head head = make_head(head_spec(config, {512, 1, 1}, 3), 7);
  save_model(path, head,
             {config,
              {"ant", "bee", "cat"},
              {0.5F, 0.4F, 0.3F},
              {0.2F, 0.2F, 0.2F},
              {2, 0, 1},
              "abc",
              "quantize:states=2,range=0:1",
              {0, 0, 0, 0, 0, 0, 0x80, 0x3f}});
}

void save_example_codec(const fs::path& path) {
  FittedCodec fitted;
  fitted.spec = "codebook:states=4";
  fitted.shape = {4, 2, 2};
  fitted.learned = {std::vector<std::uint8_t>(64, 9)};
  fitted.origin = {"cifar100", "00", 100, 1, "cutr34", "3", "ff", 0.5, 10, 4, "packrat fit"};
  save_fitted_codec(path, fitted);
}

void save_example_checkpoint(const fs::path& path) {
  RunCheckpoint checkpoint;
  checkpoint.learner = {{"w", at::ones({30})}};
  checkpoint.curve = {{1, 0.25, 0.5, 2.0}};
  save_checkpoint(path, {}, checkpoint);
}

void save_example_buffer(const fs::path& path) {
  Domain domain;
  domain.shape = {4, 2, 2};
  ReplayBuffer buffer(std::make_shared<const Codec>(make_codec("float16", domain)), 3, Budget::slots(9));
  std::vector<float> rows(20 * 16);
  std::vector<int> labels(20);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<float>(i % 7);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<int>(i % 3);
  buffer.ingest({rows.data(), 20, 16}, labels, 0, Rng(1));
  save_buffer(buffer, {"CIFAR10", "cutr34", "3", "a1b2c3"}, path);
}

const std::vector<OwnKind>& own_kinds() {
  static const std::vector<OwnKind> kinds{
      {"model", save_example_model, [](const fs::path& p) { load_model(p); }},
      {"codec", save_example_codec, [](const fs::path& p) { load_fitted_codec(p); }},
      {"run", save_example_checkpoint, [](const fs::path& p) { load_checkpoint(p, {}); }},
      {"fit",
       [](const fs::path& p) {
         save_training(p, {1, 2, 3, 4, 0.5, {1, 2}, {3, 4}, {5, 6}, {7, 8}}, "rows and options");
       },
       [](const fs::path& p) { load_training(p, "rows and options", 2); }},
      {"weights",
       [](const fs::path& p) {
         write_safetensors(p, {{"conv1.weight", at::ones({5, 5})}}, {{"a", "b"}});
       },
       [](const fs::path& p) { read_weights(p); }},
      {"buffer", save_example_buffer, [](const fs::path& p) { load_buffer(p); }}};
  return kinds;
}

TEST(OwnFiles, OneChangedBitAnywhereIsAnErrorThatNamesTheFile) {
  for (const OwnKind& kind : own_kinds()) expect_every_bit_counts(kind);
}

TEST(OwnFiles, EveryBitOfTheChecksumAndItsNamesCounts) {
  const TempFolder folder;
  const OwnKind& weights = own_kinds()[4];  // read without knowing that Packrat wrote them
  weights.save(folder / "w");
  const std::string whole = read_text(folder / "w");
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string altered = whole;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ 1 << bit % 8);
    testing_data::write_text(folder / "w", altered);
    ASSERT_THAT(user_error([&] { weights.load(folder / "w"); }), HasSubstr("w: ")) << bit;
  }
}

TEST(OwnFiles, OneCutOffOrMadeLongerIsAnErrorThatNamesIt) {
  for (const OwnKind& kind : own_kinds()) expect_length_counts(kind);
}

TEST(OwnFiles, TheSafetensorsOnesOfOlderVersionsAreToldApartFromDamagedOnes) {
  for (const std::size_t kind : {0, 1, 2}) expect_older_version_is_named(own_kinds()[kind]);
}

TEST(OwnFiles, ShippedCodecsHaveNoChecksumAndAreKnownByTheirDigest) {
  const TempFolder folder;
  int codecs = 0;
  for (const auto& file : fs::directory_iterator(weights_dir() / "codecs")) {
    EXPECT_NO_THROW(load_fitted_codec(file.path())) << file.path();
    std::string altered = read_text(file.path());
    altered[altered.size() - 5] = static_cast<char>(altered[altered.size() - 5] ^ 1);
    testing_data::write_text(folder / "altered", altered);
    EXPECT_THAT(user_error([&] { load_fitted_codec(folder / "altered"); }), HasSubstr("carries no checksum"));
    ++codecs;
  }
  EXPECT_EQ(codecs, 9);
}

}  // namespace
}  // namespace packrat
