#include "engine/sweep/presets.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "engine/experiment/recipe.h"
#include "engine/sweep/experiment_kind.h"
#include "engine/sweep/grid.h"

namespace packrat {
namespace {

std::vector<PlannedRun> runs_of(const std::string& name) {
  return expand(parse_grid(find_preset(name)->text, name), "out");
}

// Without an encoder: none 1, thinning 4, quantization 5 states x 2 strategies, convae 5, fcae 6,
// together 26. Behind CutR34(3) convae is left out: 21. So there are 47 codec settings.
TEST(Presets, HaveAsManyRunsAsThePapersGrids) {
  const std::map<std::string, std::size_t> expected{
      {"rescon-cifar10", 4 * 47},    {"rescon-cifar100", 4 * 47},
      {"fetch-figure", 2 * 8 * 4},  // data sets, series, slots
      {"fixed-memory-cifar10", 47},  {"fixed-memory-cifar100", 47},
      {"fixed-slots-cifar10", 47},   {"fixed-slots-cifar100", 47},
      {"where-to-split", 4 * 2 * 3},  // cuts 0..3, two codecs, three seeds
      {"iso-byte", 4 * 47},
  };
  EXPECT_EQ(presets().size(), expected.size());
  for (const Preset& preset : presets())
    EXPECT_EQ(runs_of(preset.name).size(), expected.at(preset.name)) << preset.name;
}

TEST(Presets, HaveTheSettingsOfThePapers) {
  std::map<std::string, std::set<std::string>> values;
  std::map<std::pair<std::string, std::string>, int> count;  // encoder, compressor
  for (const PlannedRun& run : runs_of("rescon-cifar100")) {
    for (const auto& [name, text] : run.options) values[name].insert(text);
    const RunConfig config = run_config(run);
    ++count[{config.encoder, config.compressor}];
    EXPECT_EQ(config.dataset, "CIFAR100");
    EXPECT_EQ(config.num_passes, 128);
    EXPECT_EQ(config.num_tasks * config.num_classes_per_task, 100);
  }
  using Texts = std::set<std::string>;
  EXPECT_EQ(values["memory_size"], (Texts{"10", "100", "1000", "10000"}));
  EXPECT_EQ(values["compression_factor"], (Texts{"0.5", "0.8", "0.9", "0.95"}));
  EXPECT_EQ(values["n_states"], (Texts{"2", "4", "8", "16", "32"}));
  EXPECT_EQ(values["strategy"], (Texts{"local", "tiny_imagenet_transfer"}));
  EXPECT_EQ(values["latent_channels"], (Texts{"1", "2", "4", "8", "16"}));
  EXPECT_EQ(values["bottleneck_neurons"], (Texts{"2", "4", "8", "16", "32", "64"}));
  EXPECT_EQ(values["encoding_block"], Texts{"3"});
  EXPECT_EQ((count[{"cutr34", "convae"}]), 0) << "the convolutional autoencoder works on images alone";
  EXPECT_EQ((count[{"none", "convae"}]), 4 * 5);
  EXPECT_EQ((count[{"cutr34", "quantization"}]), 4 * 10);
}

TEST(Presets, TrainTheNetworksOfTheNotebooks) {
  for (const Preset& preset : presets()) {
    if (preset.name.rfind("rescon", 0) != 0 && preset.name.rfind("fixed", 0) != 0 &&
        preset.name != "fetch-figure")
      continue;
    for (const PlannedRun& run : runs_of(preset.name)) {
      const RunConfig config = run_config(run);
      const bool small = config.dataset == "CIFAR10";
      EXPECT_EQ(head_kind(config), small ? "resnet18" : "resnet34") << run.name;
      EXPECT_TRUE(config.encoder == "none" || config.encoder == (small ? "cutr" : "cutr34")) << run.name;
    }
  }
}

TEST(Presets, TheLargerEncoderCanTakeThePlaceOfTheSmaller) {
  Grid grid = parse_grid(find_preset("rescon-cifar10")->text, "rescon-cifar10");
  set_values(grid, "encoder", {"none", "cutr34"});
  const std::vector<PlannedRun> runs = expand(grid, "out");
  EXPECT_EQ(runs.size(), 4u * 47);
  for (const PlannedRun& run : runs) {
    const RunConfig config = run_config(run);
    EXPECT_EQ(head_kind(config), config.encoder == "none" ? "resnet18" : "resnet34") << run.name;
  }
}

// GDumb and the autoencoder on images; FETCH with no codec, thinning and transferred quantization.
TEST(Presets, TheFiguresSeriesAreTheEightOfThePaper) {
  std::map<std::string, int> count;
  for (const PlannedRun& run : runs_of("fetch-figure")) {
    const RunConfig c = run_config(run);
    EXPECT_EQ(c.num_passes, 128) << run.name;
    EXPECT_EQ(c.seed, 0) << run.name;
    const auto option = [&](const char* name) {
      const auto at = run.options.find(name);
      return at == run.options.end() ? std::string() : " " + at->second;
    };
    ++count[c.dataset + (c.encoder == "none" ? " images " : " features ") + c.compressor +
            option("latent_channels") + option("compression_factor") + option("n_states") +
            option("strategy")];
  }
  std::map<std::string, int> expected;
  for (const std::string dataset : {"CIFAR10", "CIFAR100"})
    for (const char* series :
         {" images none", " images convae 16", " features none", " features thinning 0.5",
          " features thinning 0.95", " features quantization 2 tiny_imagenet_transfer",
          " features quantization 4 tiny_imagenet_transfer",
          " features quantization 32 tiny_imagenet_transfer"})
      expected[dataset + series] = 4;
  EXPECT_EQ(count, expected);
}

TEST(Presets, WhereToSplitComparesTheSameNetwork) {
  std::set<std::string> cuts;
  for (const PlannedRun& run : runs_of("where-to-split")) {
    const RunConfig config = run_config(run);
    cuts.insert(config.encoder == "none" ? "0" : config.encoding_block);
    EXPECT_EQ(config.backbone, "resnet34") << run.name;
    EXPECT_EQ(config.memory_bytes, "10MiB");
  }
  EXPECT_EQ(cuts, (std::set<std::string>{"0", "1", "2", "3"}));
}

TEST(Presets, IsoByteHasTheFourBudgets) {
  std::set<std::string> budgets;
  for (const PlannedRun& run : runs_of("iso-byte")) budgets.insert(run.options.at("memory_bytes"));
  EXPECT_EQ(budgets, (std::set<std::string>{"614400", "1536000", "3072000", "6144000"}));
}

}  // namespace
}  // namespace packrat
