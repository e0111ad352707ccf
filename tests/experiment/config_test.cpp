#include "engine/experiment/config.h"

#include <gmock/gmock.h>

#include <cmath>
#include <functional>

#include "engine/core/rng.h"
#include "tests/data/expect_error.h"
#include "tests/data/small_dataset.h"

namespace packrat {
namespace {
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_data::TempFolder;
using testing_data::user_error;

/// Reads a configuration file with this text over the defaults.
RunConfig read_text_as_config(const std::string& text, std::set<std::string> given = {},
                              RunConfig config = {}) {
  const TempFolder folder;
  testing_data::write_text(folder / "run.toml", text);
  read_config_file(folder / "run.toml", config, given);
  return config;
}

TEST(ConfigFile, SetsOptionsOfEveryType) {
  const RunConfig config = read_text_as_config(
      "# a comment\n"
      "dataset = \"CIFAR100\"\n"
      "num_tasks = 20\n"
      "maxlr = 0.1\n"
      "minlr = 0\n"
      "whole_dataset = true\n"
      "encoding_block = 3\n"
      "backbone_block = 2.5\n"
      "memory_bytes = 1536000\n");
  EXPECT_EQ(config.dataset, "CIFAR100");
  EXPECT_EQ(config.num_tasks, 20);
  EXPECT_EQ(config.maxlr, 0.1);
  EXPECT_EQ(config.minlr, 0);
  EXPECT_TRUE(config.whole_dataset);
  EXPECT_EQ(config.encoding_block, "3") << "a number where the option is a word";
  EXPECT_EQ(config.backbone_block, "2.5");
  EXPECT_EQ(config.memory_bytes, "1536000");
  EXPECT_EQ(config.num_passes, RunConfig{}.num_passes)
      << "options that are not in the file stay as they were";
}

TEST(ConfigFile, TellsWhichOptionsItSet) {
  const TempFolder folder;
  testing_data::write_text(folder / "run.toml", "seed = 3\nclip = 1.0\n");
  RunConfig config;
  std::set<std::string> given{"num_passes"};
  read_config_file(folder / "run.toml", config, given);
  EXPECT_EQ(given, (std::set<std::string>{"num_passes", "seed", "clip"}));
}

TEST(ConfigFile, TheCommandLineWins) {
  RunConfig from_command_line;
  from_command_line.memory_size = 77;
  const RunConfig config =
      read_text_as_config("memory_size = 5\nseed = 9\n", {"memory_size"}, from_command_line);
  EXPECT_EQ(config.memory_size, 77);
  EXPECT_EQ(config.seed, 9);
}

TEST(ConfigFile, BadOnesAreRefusedWithFileLineAndKey) {
  struct Case {
    const char *text, *line, *what;
  };
  for (const Case& c : {Case{"seed = 1\nmemory_sise = 1000\n", "run.toml:2", "'memory_sise'"},
                        Case{"\n\nmemory_size = \"many\"\n", "run.toml:3", "'memory_size'"},
                        Case{"memory_size = 10.5\n", "run.toml:1", "'memory_size'"},
                        Case{"seed = 1\nmaxlr = \"fast\"\n", "run.toml:2", "'maxlr'"},
                        Case{"whole_dataset = 1\n", "run.toml:1", "'whole_dataset'"},
                        Case{"dataset = true\n", "run.toml:1", "'dataset'"},
                        Case{"dataset = [\"CIFAR10\"]\n", "run.toml:1", "'dataset'"},
                        Case{"[stream]\nseed = 1\n", "run.toml:1", "'stream'"},
                        Case{"seed = 1\nseed = 2\n", "run.toml:2", "seed"},
                        Case{"seed = 1\nclip =\n", "run.toml:2", ""}, Case{"seed 1\n", "run.toml:1", ""}})
    EXPECT_THAT(user_error([&] { read_text_as_config(c.text); }), AllOf(HasSubstr(c.line), HasSubstr(c.what)))
        << c.text;
}

TEST(ConfigFile, AMissingFileAndAFolderAreRefusedByName) {
  const TempFolder folder;
  for (const auto& path : {folder / "none.toml", folder.path()}) {
    RunConfig config;
    std::set<std::string> given;
    EXPECT_THAT(user_error([&] { read_config_file(path, config, given); }), HasSubstr(path.string()));
  }
}

/// One of the allowed values at random.
template <typename T>
T one_of(Rng& rng, const std::vector<T>& values) {
  return values[static_cast<std::size_t>(rng.below(values.size()))];
}

/// A configuration that validate() takes.
RunConfig random_config(Rng rng) {
  RunConfig c;
  const auto number = [&](std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(high - low + 1)));
  };
  const auto chance = [&] { return rng.below(2) == 0; };
  const std::vector<std::string> texts{"",         "plain",        "a b",   "quo\"te", "back\\slash",
                                       "l\ni\tne", "\xc3\xa9\x7f", "#x = 1"};
  c.dataset = one_of<std::string>(rng, {"CIFAR10", "CIFAR100"});
  c.num_tasks = number(1, 20);
  c.seed = number(0, INT64_MAX - 1);
  c.stream = one_of<std::string>(rng, {"iid", "class_incremental"});
  c.class_order_seed = number(-1, 5);
  if (chance())
    c.whole_dataset = true;
  else if (chance())
    c.memory_bytes = one_of<std::string>(rng, {"1.5MiB", "1536000", "2 GB"});
  else
    c.memory_size = number(2, 100000);
  c.encoder = one_of<std::string>(rng, {"none", "cutr", "cutr34"});
  c.encoding_block = one_of<std::string>(rng, {"1", "2", "2.5", "3", "3.5", "4"});
  c.encoder_dtype = one_of<std::string>(rng, {"float32", "bfloat16"});
  c.weights = one_of(rng, texts);
  c.compressor = one_of<std::string>(rng, {"none", "quantization", "thinning"});
  if (chance()) c.codec = "thin:factor=0.9|quantize:states=16,range=local";
  c.compression_factor = rng.uniform();
  c.n_states = number(2, 256);
  c.strategy = one_of<std::string>(rng, {"local", "cifar10_transfer", "range:-1:2.5"});
  c.backbone = one_of<std::string>(rng, {"resnet", "resnet18", "resnet34", "mlp"});
  c.maxlr = rng.uniform() + 1e-9;
  c.minlr = c.maxlr * rng.uniform() * 1e-6;
  c.weight_decay = one_of<double>(rng, {0.0, 1e-6, 1e-300, 1.0 / 3});
  c.clip = one_of<double>(rng, {0.0, 10.0, 1e12, 0.1});
  c.regularization = one_of<std::string>(rng, {"cutmix", "none"});
  c.cutmix_prob = rng.uniform();
  c.eval_tasks = chance() && c.stream != "iid";
  if (chance())
    c.no_cache = true;
  else
    c.cache_dir = one_of(rng, texts);
  c.exp_name = one_of(rng, texts);
  c.save_model = one_of(rng, texts);
  return c;
}

TEST(DumpConfig, ReadsBackToTheSameRun) {
  for (std::uint64_t trial = 0; trial < 200; ++trial) {
    const RunConfig config = random_config(Rng(trial));
    ASSERT_NO_THROW(validate(config, {})) << "trial " << trial;
    const std::string text = dump_config(config);
    SCOPED_TRACE(text);
    const TempFolder folder;
    testing_data::write_text(folder / "run.toml", text);
    RunConfig back;
    std::set<std::string> given;
    ASSERT_NO_THROW(read_config_file(folder / "run.toml", back, given));
    ASSERT_NO_THROW(validate(back, given)) << "a dump holds no misplaced option";
    for (const RunOption& option : run_options()) {
      EXPECT_EQ(applies(option, back), applies(option, config)) << option.name;
      EXPECT_EQ(given.count(option.name) > 0, applies(option, config)) << option.name;
      if (!applies(option, config)) continue;
      EXPECT_TRUE(std::visit([&](auto field) { return back.*field == config.*field; }, option.field))
          << option.name;
    }
    EXPECT_EQ(dump_config(back), text);
  }
}

/// Gives the option a value that is not its default.
void set_somehow(const RunOption& option, RunConfig& config) {
  if (const auto* text = std::get_if<std::string RunConfig::*>(&option.field))
    config.*(*text) = option.name == "memory_bytes" ? "1MiB" : "x";
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

TEST(Validate, AnOptionOfAPartThatIsNotChosenNamesThePart) {
  int options_with_part = 0;
  for (const RunOption& option : run_options()) {
    if (option.part.empty()) continue;
    ++options_with_part;
    RunConfig config;
    config.*std::get<std::string RunConfig::*>(find_run_option(option.part).field) = "none";
    EXPECT_FALSE(applies(option, config)) << option.name;
    EXPECT_NO_THROW(validate(config, {})) << "not given, " << option.name << " does no harm";
    EXPECT_THAT(
        user_error([&] { validate(config, {option.name}); }),
        AllOf(HasSubstr("--" + option.name + " belongs to --" + option.part + " " + option.part_values[0]),
              HasSubstr("--" + option.part + " none")));
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
      set_somehow(other, config);
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
  const std::set<std::string> unused{
      "n_blocks", "latent_channels", "bottleneck_neurons", "n_layers", "latent_size", "vae_width", "workers"};
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

TEST(Validate, LearnedCodecsAreRefusedInPlainWords) {
  for (const char* name : {"convae", "fcae", "vae"}) {
    RunConfig config;
    config.compressor = name;
    EXPECT_THAT(user_error([&] { validate(config, {"compressor"}); }),
                AllOf(HasSubstr(name), HasSubstr("quantization or thinning")));
  }
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
  EXPECT_THAT(user_error([&] { validate(config, {}); }), HasSubstr("'lots'"));
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

TEST(ExpName, SaysWhatTheRunIs) {
  RunConfig config;
  config.encoder = "cutr34";
  config.compressor = "quantization";
  EXPECT_EQ(default_exp_name(config), "cifar10_cutr34-3_quantization-4-local_1000_p128_s0");
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
  for (const RunOption& option : run_options())
    if (option.group != "Machine" && option.group != "Results" && option.part.empty())
      std::visit(
          [&](auto field) {
            using T = std::decay_t<decltype(RunConfig{}.*field)>;
            if constexpr (std::is_same_v<T, std::int64_t>) add([&](RunConfig& c) { c.*field += 3; });
            if constexpr (std::is_same_v<T, double>) add([&](RunConfig& c) { c.*field *= 0.5; });
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

}  // namespace
}  // namespace packrat
