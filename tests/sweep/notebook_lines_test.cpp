#include "engine/sweep/notebook_lines.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "engine/core/shell_line.h"
#include "engine/sweep/experiment_kind.h"
#include "engine/sweep/grid.h"
#include "engine/sweep/presets.h"
#include "tests/data/expect_error.h"

namespace packrat {
namespace {
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing_data::user_error;

std::vector<NotebookLine> lines_of_grid(const std::string& text) {
  return notebook_lines(expand(parse_grid(text, "grid"), "out"), "");
}

std::vector<NotebookLine> lines_of_preset(const std::string& name) {
  return lines_of_grid(find_preset(name)->text);
}

/// A published data set, and the networks that its notebook trains.
struct Notebook {
  std::string preset, dataset, stem, stream, encoder, backbone, split;
};
const std::vector<Notebook> kNotebooks{
    {"rescon-cifar100", "CIFAR100", "cifar100", "--num_classes_per_task 5 --num_tasks 20", "cutr34",
     "resnet34", "splitr34"},
    {"rescon-cifar10", "CIFAR10", "cifar10", "--num_classes_per_task 2 --num_tasks 5", "cutr", "resnet",
     "splitr"}};

/// A codec as the notebooks write it: in a name, its range behind the seed, and as options.
struct CodecWords {
  std::string name, range, options;
};

std::string line_text(const Notebook& n, int slots, bool encoded, const CodecWords& codec) {
  const std::string name =
      encoded ? fmt::format("{}_m{}_{}_3{}_{}_3__s0{}", n.stem, slots, n.encoder, codec.name, n.split,
                            codec.range)
              : fmt::format("{}_m{}{}_{}__s0{}", n.stem, slots, codec.name, n.backbone, codec.range);
  return fmt::format(
      "--dataset {} {} --seed 0 --sampler greedy_sampler --memory_size {} --encoder {} --compressor {} "
      "--backbone {}{} --num_passes 128 --exp_name {}",
      n.dataset, n.stream, slots, encoded ? n.encoder + " --encoding_block 3" : "none", codec.options,
      n.backbone, encoded ? " --backbone_block 3" : "", name);
}

/// One loop of a notebook: both kinds of features or one, over slots and settings.
void add_loop(const Notebook& n, const std::vector<bool>& encoded, const std::vector<CodecWords>& codecs,
              std::vector<std::string>& lines) {
  for (const int slots : {10, 100, 1000, 10000})
    for (const bool one : encoded)
      for (const CodecWords& codec : codecs) lines.push_back(line_text(n, slots, one, codec));
}

/// 4 + 4, 16 + 16, 80, 20, 24 + 24 lines.
std::vector<std::string> notebook(const Notebook& n) {
  std::vector<CodecWords> thinning, quantization, convae, fcae;
  for (const auto& [percent, factor] : {std::pair{50, "0.5"}, {80, "0.8"}, {90, "0.9"}, {95, "0.95"}})
    thinning.push_back(
        {fmt::format("_thinning{}", percent), "", fmt::format("thinning --compression_factor {}", factor)});
  for (const int states : {2, 4, 8, 16, 32})
    for (const auto& [range, strategy] : {std::pair{"", "local"}, {"_transfer", "tiny_imagenet_transfer"}})
      quantization.push_back({fmt::format("_quantization{}", states), range,
                              fmt::format("quantization --n_states {} --strategy {}", states, strategy)});
  for (const int channels : {1, 2, 4, 8, 16})
    convae.push_back({fmt::format("_convae{}", channels), "",
                      fmt::format("convae --n_blocks 2 --latent_channels {}", channels)});
  for (const int neurons : {2, 4, 8, 16, 32, 64})
    fcae.push_back({fmt::format("_fcae{}", neurons), "",
                    fmt::format("fcae --bottleneck_neurons {} --n_layers 6", neurons)});
  std::vector<std::string> lines;
  for (const bool encoded : {true, false}) add_loop(n, {encoded}, {{"", "", "none"}}, lines);
  for (const bool encoded : {true, false}) add_loop(n, {encoded}, thinning, lines);
  add_loop(n, {true, false}, quantization, lines);
  add_loop(n, {false}, convae, lines);
  for (const bool encoded : {true, false}) add_loop(n, {encoded}, fcae, lines);
  return lines;
}

TEST(NotebookLines, AreTheNotebooksFlagForFlag) {
  for (const Notebook& n : kNotebooks) {
    const std::vector<std::string> expected = notebook(n);
    const std::vector<NotebookLine> lines = lines_of_preset(n.preset);
    ASSERT_EQ(expected.size(), 4u + 4 + 16 + 16 + 80 + 20 + 24 + 24);
    ASSERT_EQ(lines.size(), expected.size()) << n.preset;
    for (std::size_t at = 0; at < lines.size(); ++at)
      EXPECT_EQ(shell_line(lines[at].words), expected[at]) << n.preset << ", line " << at + 1;
  }
}

TEST(NotebookLines, HaveTheNotebooksNames) {
  std::set<std::string> names;
  for (const NotebookLine& line : lines_of_preset("rescon-cifar100")) {
    EXPECT_TRUE(names.insert(line.name).second) << line.name << " is there twice";
    EXPECT_EQ(line.words.back(), line.name);
  }
  for (const char* name :
       {"cifar100_m10_cutr34_3_thinning50_splitr34_3__s0",
        "cifar100_m10_cutr34_3_quantization4_splitr34_3__s0_transfer", "cifar100_m10_resnet34__s0"})
    EXPECT_EQ(names.count(name), 1u) << name;
}

// What a line says must be what the sweep would do, but for what the scripts have no option for.
TEST(NotebookLines, AskForTheRunsOfThePreset) {
  for (const Notebook& n : kNotebooks) {
    const auto key = [](OptionTexts options) {
      for (const char* name : {"test_features", "backbone_block", "exp_name"}) options.erase(name);
      return experiment_kind().name_of(options);
    };
    std::set<std::string> expected, said;
    for (const PlannedRun& run : expand(parse_grid(find_preset(n.preset)->text, n.preset), "out"))
      expected.insert(key(run.options));
    for (const NotebookLine& line : lines_of_preset(n.preset)) {
      OptionTexts options;
      for (std::size_t at = 0; at + 1 < line.words.size(); at += 2)
        options[line.words[at].substr(2)] = line.words[at + 1];
      said.insert(key(options));
    }
    EXPECT_EQ(said, expected) << n.preset;
  }
}

TEST(NotebookLines, OptionsBesidesFollowAndTheFolderStandsBeforeTheName) {
  const auto runs =
      expand(parse_grid("memory_size = 10\nbatch_size = 32\ndata_dir = \"data\"\n", "grid"), "out");
  const std::vector<NotebookLine> lines = notebook_lines(runs, "logs");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(shell_line(lines[0].words),
              HasSubstr(" --batch_size 32 --data_dir data --log_dir logs --exp_name cifar10_m10_"));
}

TEST(NotebookLines, WhatTheScriptsCannotDoOrNameIsRefusedWithItsOption) {
  struct Case {
    std::string grid, complaint;
  };
  for (const Case& c : std::vector<Case>{
           {"memory_bytes = \"1MiB\"", "--memory_bytes 1"},
           {"whole_dataset = true", "--whole_dataset true"},
           {"codec = \"float16\"\nencoder = \"cutr34\"", "--codec float16"},
           {"test_features = \"roundtrip\"", "--test_features roundtrip"},
           {"compressor = \"thinning\"\ncompression_factor = 0.123", "--compression_factor 0.123"},
           {"compressor = \"quantization\"\nstrategy = \"range:0:1\"", "--strategy range:0:1"},
           {"encoder = \"cutr34\"\nbackbone = \"mlp\"", "--backbone mlp"},
           {"batch_size = [16, 32]", "both be called cifar10_m"},
       })
    EXPECT_THAT(user_error([&] { lines_of_grid(c.grid); }),
                AllOf(HasSubstr("--style notebook"), HasSubstr(c.complaint)))
        << c.grid;
}

}  // namespace
}  // namespace packrat
