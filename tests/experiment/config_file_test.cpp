#include "engine/experiment/config_file.h"

#include <gmock/gmock.h>

#include "engine/core/rng.h"
#include "engine/experiment/run_options.h"
#include "engine/experiment/toml_value.h"
#include "engine/experiment/validate.h"
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

TEST(TomlText, HasLettersBeyondAsciiInStringsAndCommentsAlone) {
  for (const char* const text :
       {"\xEF\xBB\xBF"
        "a = 1",
        "a = 1 # \"größe", "a = 'größe'", "a = \"\\\"größe\\\\\"", "a = '''\n'größe'\n''''' # é",
        "a = \"\"\"\ngr\\\"\"\"öße\"\"\"\"\" # größe", "\"größe\" = 1", "'' = \"é\""})
    EXPECT_EQ(parse_toml(text, "x.toml").size(), 1U) << text;
  for (const char* const text :
       {"größe = 3", "a = 1\nǾ = 1", "a = größe", "[größe]", "a = ''é", "a = 'it\né = 1",
        "a = \"\"\"x\"\"\" é", "a = 1\xA0", "a = 8\"é", "[/", "a = \"\\"})
    EXPECT_THAT(user_error([&] { parse_toml(text, "x.toml"); }), ::testing::StartsWith("x.toml:")) << text;
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

TEST(ConfigFile, NumbersAreDecimalAndInRange) {
  for (const char* const text : {"seed = 0x10",
                                 "seed = 0o17",
                                 "seed = 0b11",
                                 "seed = 9223372036854775808",
                                 "seed = 1.0",
                                 "seed = 1e3",
                                 "seed = -1",
                                 "seed = 010",
                                 "memory_size = 1",
                                 "memory_size = 0x100",
                                 "maxlr = inf",
                                 "maxlr = nan",
                                 "maxlr = 1e999",
                                 "maxlr = -1",
                                 "n_states = 257",
                                 "threads = 5000",
                                 "memory_bytes = 0x100",
                                 "memory_bytes = 0",
                                 "memory_bytes = \"0x10\"",
                                 "cutmix_prob = 1.5",
                                 "compression_factor = 1"})
    EXPECT_THAT(user_error([&] { read_text_as_config(std::string("dataset = 'CIFAR10'\n") + text); }),
                HasSubstr("run.toml:2"))
        << text;
  EXPECT_EQ(read_text_as_config("memory_bytes = 9007199254740993").memory_bytes, "9007199254740993")
      << "no detour through a floating-point number";
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
  c.backbone = one_of<std::string>(rng, {"resnet", "resnet18", "resnet34", "mlp", "mlp_bn"});
  c.recipe = one_of<std::string>(rng, {"published", "fast"});
  c.lr_schedule = one_of<std::string>(rng, {"warm_restarts", "one_cycle"});
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

}  // namespace
}  // namespace packrat
