#include <gtest/gtest.h>

#include <functional>

#include "engine/experiment/run_options.h"

namespace packrat {
namespace {

TEST(ExpName, SaysWhatTheRunIs) {
  RunConfig config;
  config.encoder = "cutr34";
  config.compressor = "quantization";
  EXPECT_EQ(default_exp_name(config), "cifar10_cutr34-3_quantization-4-local_1000_p128_s0");
}

TEST(ExpName, OfAFolderOfPicturesHoldsItsNameAndTellsItFromOthersOfThatName) {
  RunConfig config, other;
  config.dataset = "folder:/x/My pets";
  other.dataset = "folder:/y/My pets";
  const std::string name = default_exp_name(config);
  EXPECT_EQ(name.rfind("My-pets-", 0), 0U) << name;
  EXPECT_EQ(name.find_first_of("/: "), std::string::npos) << name;
  EXPECT_NE(name, default_exp_name(other));
}

TEST(ExpName, IsTheSameForSettingsThatDoNotMatter) {
  const std::vector<std::function<void(RunConfig&)>> changes{
      [](RunConfig& c) { c.threads = 2; },          [](RunConfig& c) { c.data_dir = "elsewhere"; },
      [](RunConfig& c) { c.log_dir = "there"; },    [](RunConfig& c) { c.n_states = 7; },
      [](RunConfig& c) { c.save_model = "model"; }, [](RunConfig& c) { c.encoding_block = "2"; },
      [](RunConfig& c) { c.no_cache = true; }};
  for (const auto& change : changes) {
    RunConfig config;
    change(config);
    EXPECT_EQ(default_exp_name(config), default_exp_name(RunConfig{}));
  }
}

TEST(ExpName, IsDistinctForDistinctSettingsAndFitForAFolder) {
  std::vector<RunConfig> configs;
  const auto add = [&](const std::function<void(RunConfig&)>& change, RunConfig config = {}) {
    change(config);
    configs.push_back(config);
  };
  RunConfig encoded, quantized, thinned;
  encoded.encoder = "cutr34";
  quantized.compressor = "quantization";
  thinned.compressor = "thinning";
  add([](RunConfig&) {});
  for (const char* name : {"dataset", "stream", "encoder", "backbone", "regularization"})
    add([&](RunConfig& c) {
      const auto field = std::get<std::string RunConfig::*>(find_run_option(name).field);
      c.*field = std::string(name) == "dataset"    ? "CIFAR100"
                 : std::string(name) == "stream"   ? "iid"
                 : std::string(name) == "encoder"  ? "cutr"
                 : std::string(name) == "backbone" ? "mlp"
                                                   : "none";
    });
  add([](RunConfig& c) { c.device = "cuda"; });
  for (const RunOption& option : run_options())
    if (affects_result(option.name) && option.part.empty())
      std::visit(
          [&](auto field) {
            using T = std::decay_t<decltype(RunConfig{}.*field)>;
            if constexpr (std::is_same_v<T, std::int64_t>) add([&](RunConfig& c) { c.*field += 3; });
            if constexpr (std::is_same_v<T, double>)
              add([&](RunConfig& c) { c.*field = 0.5 * c.*field + 0.001; });
            if constexpr (std::is_same_v<T, bool>) add([&](RunConfig& c) { c.*field = true; });
          },
          option.field);
  for (const char* bytes : {"1.5MiB", "1536000", "600KiB"})
    add([&](RunConfig& c) { c.memory_bytes = bytes; });
  add([](RunConfig&) {}, encoded);
  for (const char* block : {"1", "2", "2.5", "3.5", "4"})
    add([&](RunConfig& c) { c.encoding_block = block; }, encoded);
  add([](RunConfig& c) { c.encoder_dtype = "bfloat16"; }, encoded);
  add([](RunConfig& c) { c.weights = "other/weights.pth"; }, encoded);
  for (const std::int64_t states : {2, 4, 8}) add([&](RunConfig& c) { c.n_states = states; }, quantized);
  add([](RunConfig& c) { c.strategy = "cifar10_transfer"; }, quantized);
  add([](RunConfig& c) { c.strategy = "range:0:1"; }, quantized);
  for (const double factor : {0.5, 0.9, 0.95})
    add([&](RunConfig& c) { c.compression_factor = factor; }, thinned);
  for (const char* codec :
       {"thin:factor=0.9|quantize:states=16,range=local", "quantize:states=16,range=local"})
    add([&](RunConfig& c) { c.codec = codec; });
  add([](RunConfig& c) { c.cutmix_prob = 0.1; });

  std::set<std::string> names;
  for (const RunConfig& config : configs) {
    const std::string name = default_exp_name(config);
    EXPECT_TRUE(names.insert(name).second) << name << " twice";
    EXPECT_EQ(name.find_first_of("/|:\" "), std::string::npos) << name;
  }
  EXPECT_GE(names.size(), 40U);
}

TEST(RunOptions, SayWhichOfThemCanChangeAResultAndWhichSpellTheCodec) {
  for (const char* name :
       {"device", "seed", "method", "codec", "n_states", "views", "an option of another program"})
    EXPECT_TRUE(affects_result(name)) << name;
  for (const char* name : {"threads", "workers", "data_dir", "cache_dir", "no_cache", "energy", "power_log",
                           "log_dir", "exp_name", "save_buffer", "save_model", "overwrite"})
    EXPECT_FALSE(affects_result(name)) << name;
  for (const char* name : {"codec", "compressor", "n_states", "strategy", "n_layers", "vae_width"})
    EXPECT_TRUE(spells_codec(name)) << name;
  for (const char* name : {"codec_file", "fit_on", "encoder", "device", "an option of another program"})
    EXPECT_FALSE(spells_codec(name)) << name;
}

}  // namespace
}  // namespace packrat
