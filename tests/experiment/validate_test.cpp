#include "engine/experiment/validate.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "engine/experiment/run_options.h"
#include "tests/data/expect_error.h"

namespace packrat {
namespace {
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_data::user_error;

/// Gives the option a value that is not its default.
void set_somehow(const RunOption& option, RunConfig& config) {
  if (const auto* text = std::get_if<std::string RunConfig::*>(&option.field))
    config.*(*text) = option.name == "memory_bytes" ? "1MiB" : option.name == "codec" ? "none" : "x";
  if (const auto* flag = std::get_if<bool RunConfig::*>(&option.field)) config.*(*flag) = true;
}

TEST(Validate, TakesTheDefaultsWithEveryOptionThatAppliesWrittenOut) {
  const RunConfig config;
  EXPECT_NO_THROW(validate(config, {}));
  std::set<std::string> given;
  for (const RunOption& option : run_options())
    if (applies(option, config)) given.insert(option.name);
  EXPECT_NO_THROW(validate(config, given));
}

TEST(Validate, ACodecOfUnknownStagesOrKeysIsRefusedWithoutAnyData) {
  for (const auto& [codec, reason] : {std::pair("telepathy", "'telepathy' is unknown: choose from none"),
                                      {"quantize:stats=4,range=local", "'quantize' takes"},
                                      {"quantize:range=local", "'quantize' takes"},
                                      {"entropy", "write none|entropy"}}) {
    RunConfig config;
    config.codec = codec;
    EXPECT_THAT(user_error([&] { validate(config, {"codec"}); }), HasSubstr(reason)) << codec;
  }
}

TEST(Validate, ABufferOnAGpuNeedsTrainingOnIt) {
  RunConfig config;
  config.buffer_device = "cuda";
  EXPECT_THAT(user_error([&] { validate(config, {"buffer_device"}); }), HasSubstr("give --device cuda"));
  for (const char* device : {"cuda", "cuda:1"}) {
    config.device = device;
    EXPECT_NO_THROW(validate(config, {"buffer_device"})) << device;
  }
}

/// A value of the option's part that it does not belong to.
std::string another_choice(const RunOption& option) {
  for (const std::string& choice : find_run_option(option.part).choices)
    if (std::find(option.part_values.begin(), option.part_values.end(), choice) == option.part_values.end())
      return choice;
  return "none";
}

TEST(Validate, AnOptionOfAPartThatIsNotChosenNamesThePart) {
  int options_with_part = 0;
  for (const RunOption& option : run_options()) {
    if (option.part.empty()) continue;
    ++options_with_part;
    RunConfig config;
    const RunOption& part = find_run_option(option.part);
    const bool is_switch = std::holds_alternative<bool RunConfig::*>(part.field);  // off unless it is given
    const std::string other = is_switch ? "" : another_choice(option);
    if (!is_switch) config.*std::get<std::string RunConfig::*>(part.field) = other;
    EXPECT_FALSE(applies(option, config)) << option.name;
    EXPECT_NO_THROW(validate(config, {})) << "not given, " << option.name << " does no harm";
    EXPECT_THAT(user_error([&] { validate(config, {option.name}); }),
                AllOf(HasSubstr("--" + option.name + " belongs to --" + option.part +
                                (is_switch ? ":" : " " + option.part_values[0])),
                      HasSubstr(is_switch ? "give that one too" : "--" + option.part + " " + other)));
  }
  EXPECT_GE(options_with_part, 14);
}

TEST(Validate, AnOptionOfAChosenPartIsTaken) {
  struct Case {
    const char *option, *part, *value;
  };
  for (const Case& c :
       {Case{"n_states", "compressor", "quantization"}, Case{"strategy", "compressor", "quantization"},
        Case{"compression_factor", "compressor", "thinning"}, Case{"encoding_block", "encoder", "cutr"},
        Case{"weights", "encoder", "cutr34"}, Case{"cutmix_prob", "regularization", "cutmix"}}) {
    RunConfig config;
    config.*std::get<std::string RunConfig::*>(find_run_option(c.part).field) = c.value;
    EXPECT_NO_THROW(validate(config, {c.option, c.part})) << c.option;
  }
}

TEST(Validate, OptionsThatReplaceEachOtherExcludeEachOther) {
  int pairs = 0;
  for (const RunOption& option : run_options())
    for (const std::string& name : option.replaced_by) {
      ++pairs;
      const RunOption& other = find_run_option(name);
      RunConfig config;
      if (other.part == "encoder") config.encoder = "cutr";
      set_somehow(other, config);
      if (name == "blocks") config.blocks = "3";
      EXPECT_FALSE(applies(option, config)) << option.name;
      EXPECT_NO_THROW(validate(config, {name})) << name << " alone";
      EXPECT_THAT(
          user_error([&] {
            validate(config, {option.name, name});
          }),
          AllOf(HasSubstr("--" + option.name), HasSubstr("--" + name), HasSubstr("exclude each other")));
    }
  EXPECT_GE(pairs, 6);
}

TEST(Validate, OptionsOfAPartThatIsReplacedSayWhatReplacesIt) {
  RunConfig config;
  config.codec = "none";
  for (const char* name : {"n_states", "strategy", "compression_factor"})
    EXPECT_THAT(user_error([&] {
                  validate(config, {"codec", name});
                }),
                AllOf(HasSubstr(std::string("--") + name + " belongs to --compressor"),
                      HasSubstr("--codec replaces")));
}

TEST(Validate, EveryNumberHasARangeAndItsEndsAreIn) {
  struct Case {
    const char* name;
    std::vector<double> good, bad;
  };
  const double nan = std::nan("");
  for (const Case& c :
       {Case{"num_classes_per_task", {1, 65535}, {0, -1, 65536}}, Case{"num_tasks", {1, 65535}, {0, 65536}},
        Case{"seed", {0, 1e15}, {-1}}, Case{"class_order_seed", {-1, 0, 5}, {-2}},
        Case{"memory_size", {2, 1e9}, {1, 0, -5, 1e9 + 1}}, Case{"n_states", {2, 256}, {1, 0, 257}},
        Case{"num_passes", {1, 1e6}, {0, -1, 1e6 + 1}}, Case{"batch_size", {2, 65536}, {1, 0, 65537}},
        Case{"eval_every", {0, 1}, {-1}}, Case{"threads", {0, 1, 1024}, {-1, 1025}},
        Case{"maxlr", {0.0005, 1e3}, {0, -0.1, 1e4, nan}}, Case{"minlr", {0, 0.05}, {-1e-9, 0.051, nan}},
        Case{"weight_decay", {0, 1}, {-1e-9, 1.1, nan}}, Case{"clip", {0, 1e12}, {-1, 2e12, nan}},
        Case{"cutmix_alpha", {1e-3, 1e3}, {0, -1, 1e4, nan}}, Case{"cutmix_prob", {0, 1}, {-0.1, 1.1, nan}},
        Case{"compression_factor", {0, 0.999}, {1, -0.1, nan}}}) {
    const auto with = [&](double value) {
      RunConfig config;
      std::visit(
          [&](auto field) {
            using T = std::decay_t<decltype(config.*field)>;
            if constexpr (std::is_arithmetic_v<T>) config.*field = static_cast<T>(value);
          },
          find_run_option(c.name).field);
      return config;
    };
    for (const double value : c.good) EXPECT_NO_THROW(validate(with(value), {})) << c.name << " " << value;
    for (const double value : c.bad)
      EXPECT_THAT(user_error([&] { validate(with(value), {}); }),
                  AllOf(HasSubstr(std::string("--") + c.name + " is "), HasSubstr("must be")))
          << c.name << " " << value;
  }
}

TEST(Validate, NoNumberIsWithoutARange) {  // of those that this version uses
  const std::set<std::string> unused{"workers"};
  for (const RunOption& option : run_options()) {
    if (unused.count(option.name) > 0 || !std::holds_alternative<std::int64_t RunConfig::*>(option.field))
      continue;
    RunConfig config;
    config.*std::get<std::int64_t RunConfig::*>(option.field) = INT64_MIN;
    EXPECT_THAT(user_error([&] { validate(config, {}); }), HasSubstr("--" + option.name));
  }
}

TEST(Validate, AnUnknownWordNeverFallsBackToSomethingElse) {
  for (const char* name : {"stream", "encoder", "encoding_block", "encoder_dtype", "compressor", "backbone",
                           "regularization", "sampler"}) {
    RunConfig config;
    config.*std::get<std::string RunConfig::*>(find_run_option(name).field) = "Quantisation";
    EXPECT_THAT(user_error([&] { validate(config, {}); }),
                AllOf(HasSubstr(std::string("--") + name + " is 'Quantisation'"), HasSubstr("one of")));
  }
}

TEST(Validate, TheOptionsOfAnAutoencoderBelongToItAlone) {
  const std::vector<std::pair<std::string, std::string>> own{
      {"convae", "n_blocks"}, {"convae", "latent_channels"}, {"fcae", "bottleneck_neurons"},
      {"fcae", "n_layers"},   {"vae", "latent_size"},        {"vae", "vae_width"}};
  for (const auto& row : own)
    for (const char* chosen : {"convae", "fcae", "vae"}) {
      RunConfig config;
      config.compressor = chosen;
      const std::set<std::string> given{"compressor", row.second};
      if (row.first == chosen) {
        EXPECT_NO_THROW(validate(config, given)) << row.second;
      } else {
        EXPECT_THAT(user_error([&] { validate(config, given); }),
                    AllOf(HasSubstr("--" + row.second), HasSubstr(row.first), HasSubstr(chosen)));
      }
    }
}

TEST(Validate, AnAutoencoderMustFitTheMaps) {
  const auto run = [](const std::string& compressor, const std::string& block, auto field,
                      std::int64_t value) {
    RunConfig config;
    config.compressor = compressor;
    config.encoder = block == "none" ? "none" : "cutr34";
    if (block != "none") config.encoding_block = block;
    config.*field = value;
    validate(config, {});
  };
  using C = RunConfig;
  EXPECT_THAT(user_error([&] { run("convae", "3", &C::n_blocks, 2); }), HasSubstr("block 3 gives 2x2 ones"));
  EXPECT_THAT(user_error([&] { run("convae", "2", &C::n_blocks, 3); }), HasSubstr("halves maps 3 times"));
  EXPECT_THAT(user_error([&] { run("convae", "none", &C::latent_channels, 48); }),
              HasSubstr("must be below 48"));
  EXPECT_THAT(user_error([&] { run("fcae", "3", &C::bottleneck_neurons, 1024); }),
              HasSubstr("must be below 1024"));
  EXPECT_THAT(user_error([&] { run("vae", "4", &C::latent_size, 512); }), HasSubstr("must be below 512"));
  EXPECT_NO_THROW(run("convae", "2", &C::n_blocks, 2));
  EXPECT_NO_THROW(run("convae", "none", &C::latent_channels, 47));
  EXPECT_NO_THROW(run("fcae", "1", &C::bottleneck_neurons, 4095));
}

TEST(Validate, ScoringAfterEveryTaskNeedsTasks) {
  RunConfig config;
  config.eval_tasks = true;
  EXPECT_NO_THROW(validate(config, {"eval_tasks"}));
  config.stream = "iid";
  EXPECT_THAT(user_error([&] {
                validate(config, {"eval_tasks", "stream"});
              }),
              AllOf(HasSubstr("--eval_tasks"), HasSubstr("--stream iid")));
}

TEST(Validate, ABudgetInBytesMustBeASize) {
  RunConfig config;
  config.memory_bytes = "lots";
  EXPECT_THAT(user_error([&] { validate(config, {}); }), HasSubstr("--memory_bytes 'lots'"));
}

TEST(Validate, TheHeadBeginsWhereTheEncoderEnds) {
  RunConfig config;
  config.encoder = "cutr34";
  for (const char* block : {"1", "2", "2.5", "3", "3.5", "4"}) {
    config.encoding_block = block;
    config.backbone_block = block;
    EXPECT_NO_THROW(validate(config, {"backbone_block"}));
    config.backbone_block = "0";
    EXPECT_THAT(user_error([&] { validate(config, {"backbone_block"}); }),
                AllOf(HasSubstr("--backbone_block is 0"), HasSubstr(block)));
  }
  config.encoder = "none";
  EXPECT_NO_THROW(validate(config, {"backbone_block"}));
  config.backbone = "mlp";
  EXPECT_THAT(user_error([&] { validate(config, {"backbone_block"}); }), HasSubstr("mlp"));
}

TEST(RunOptions, TheTableNamesEveryFieldOnceAndOnlyOptionsThatExist) {
  std::set<std::string> names;
  for (const RunOption& option : run_options()) {
    EXPECT_TRUE(names.insert(option.name).second) << option.name << " twice";
    EXPECT_FALSE(option.help.empty()) << option.name;
    EXPECT_FALSE(option.group.empty()) << option.name;
    if (!option.part.empty()) {
      EXPECT_NO_THROW(find_run_option(option.part)) << option.name;
      EXPECT_FALSE(option.part_values.empty()) << option.name;
    }
    for (const std::string& other : option.replaced_by)
      EXPECT_NO_THROW(find_run_option(other)) << option.name;
  }
  for (const char* name : {"dataset",
                           "num_classes_per_task",
                           "num_tasks",
                           "seed",
                           "memory_size",
                           "num_passes",
                           "sampler",
                           "encoder",
                           "encoding_block",
                           "compressor",
                           "compression_factor",
                           "n_states",
                           "strategy",
                           "n_blocks",
                           "latent_channels",
                           "bottleneck_neurons",
                           "n_layers",
                           "latent_size",
                           "vae_width",
                           "backbone",
                           "backbone_block",
                           "data_dir",
                           "log_dir",
                           "exp_name",
                           "regularization",
                           "maxlr",
                           "minlr",
                           "weight_decay",
                           "batch_size",
                           "cutmix_alpha",
                           "cutmix_prob",
                           "clip",
                           "workers",
                           "device",
                           "whole_dataset"}) {
    ASSERT_EQ(names.count(name), 1U) << name;
    EXPECT_TRUE(find_run_option(name).published) << name << " is an option of the published scripts";
  }
  EXPECT_THAT(user_error([] { find_run_option("memory_sise"); }), HasSubstr("memory_sise"));
}

}  // namespace
}  // namespace packrat
