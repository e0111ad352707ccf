// Every kind of file that Packrat writes and reads back, with bits changed and ends cut off.
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
#include "engine/sparsify/packed_network.h"
#include "engine/sparsify/stage_file.h"
#include "models/pretraining/pretrain_checkpoint.h"
#include "models/weights_dir.h"
#include "models/weights_io.h"
#include "tests/data/expect_error.h"
#include "tests/data/small_dataset.h"

namespace packrat {
namespace {
namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_data::TempFolder;
using testing_data::user_error;

struct OwnKind {
  const char* name;
  std::function<void(const fs::path&)> save, load;
};

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

void save_example_network(const fs::path& path) {
  SparseNetwork network(find_network_plan("simpleconv"), {1, 16, 16}, 3, NumberField::kReal, Rng(4));
  network.begin_relevance();
  network.begin_masked(network.relevance_masks(-6));
  save_packed_network(path, {"simpleconv", "levels", {1, 16, 16}, 3, NumberField::kReal}, network);
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
      {"stage",
       [](const fs::path& p) {
         StageState state;
         state.losses = {0.5, 0.25};
         state.network = {{"conv1.weight", at::ones({5, 5})}};
         state.moments = {at::ones({3}), at::ones({3})};
         state.steps = {7};
         save_stage(p, state, "penalty = ard");
       },
       [](const fs::path& p) { load_stage(p, "penalty = ard", "delete it"); }},
      {"pretraining",
       [](const fs::path& p) {
         PretrainState state;
         state.step = 5;
         state.weights = {{"conv1.weight", at::ones({5, 5})}};
         state.momentum = {at::ones({5, 5})};
         save_pretraining(p, state, "epochs = 3");
       },
       [](const fs::path& p) { load_pretraining(p, "epochs = 3"); }},
      {"weights",
       [](const fs::path& p) {
         write_safetensors(p, {{"conv1.weight", at::ones({5, 5})}}, {{"a", "b"}});
       },
       [](const fs::path& p) { read_weights(p); }},
      {"buffer", save_example_buffer, [](const fs::path& p) { load_buffer(p); }},
      {"network", save_example_network, [](const fs::path& p) { load_packed_network(p); }}};
  return kinds;
}

// All places of a small file; of a greater one all of the front, and some of the rest.
std::vector<std::size_t> places_in(std::size_t size) {
  constexpr std::size_t kFront = 600, kRest = 60;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < size; i += i < kFront ? 1 : 1 + (size - kFront) / kRest) places.push_back(i);
  places.push_back(size - 1);
  return places;
}

TEST(OwnFiles, OneChangedBitAnywhereIsAnErrorThatNamesTheFile) {
  const TempFolder folder;
  for (const OwnKind& kind : own_kinds()) {
    const fs::path path = folder / kind.name;
    kind.save(path);
    ASSERT_NO_THROW(kind.load(path)) << kind.name;
    const std::string whole = read_text(path);
    for (const std::size_t place : places_in(whole.size())) {
      std::string altered = whole;
      altered[place] = static_cast<char>(altered[place] ^ 1 << (place * 5 + 3) % 8);
      testing_data::write_text(path, altered);
      ASSERT_THAT(user_error([&] { kind.load(path); }), HasSubstr(path.string()))
          << kind.name << " " << place;
    }
  }
}

TEST(OwnFiles, EveryBitOfTheChecksumAndItsNamesCounts) {
  const TempFolder folder;
  const OwnKind& weights = own_kinds()[6];  // read without knowing that Packrat wrote them
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
  const TempFolder folder;
  for (const OwnKind& kind : own_kinds()) {
    const fs::path path = folder / kind.name;
    kind.save(path);
    const std::string whole = read_text(path);
    for (const std::size_t length : places_in(whole.size())) {
      testing_data::write_text(path, whole.substr(0, length));
      ASSERT_THAT(user_error([&] { kind.load(path); }), HasSubstr(path.string()))
          << kind.name << " " << length;
    }
    testing_data::write_text(path, whole + '\0');
    EXPECT_THAT(user_error([&] { kind.load(path); }), HasSubstr(path.string())) << kind.name;
  }
}

TEST(OwnFiles, TheSafetensorsOnesOfOlderVersionsAreToldApartFromDamagedOnes) {
  const TempFolder folder;
  for (const std::size_t kind : {0, 1, 2, 4, 5}) {
    const fs::path path = folder / own_kinds()[kind].name;
    own_kinds()[kind].save(path);
    std::string text = read_text(path);
    for (const char* const key : {"packrat_format", "packrat_xxh3"}) text[text.find(key)] = 'x';
    testing_data::write_text(path, text);
    EXPECT_THAT(user_error([&] { own_kinds()[kind].load(path); }),
                AllOf(HasSubstr(path.string()), HasSubstr("older version")))
        << own_kinds()[kind].name;
  }
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
