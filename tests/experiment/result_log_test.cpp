#include "engine/experiment/result_log.h"

#include <gmock/gmock.h>

#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "compressors/registry.h"
#include "engine/core/files.h"
#include "engine/core/python_text.h"
#include "engine/core/utf8.h"
#include "engine/experiment/run_options.h"
#include "tests/data/small_dataset.h"
#include "tests/experiment/example_record.h"
#include "tests/experiment/notebooks.h"

namespace packrat {
namespace {
using ::testing::HasSubstr;
using testing_data::TempFolder;

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

RunConfig published_config() {
  RunConfig config;
  config.dataset = "CIFAR100";
  config.num_tasks = 20;
  config.num_classes_per_task = 5;
  config.memory_size = 1000;
  config.encoder = "cutr34";
  config.compressor = "quantization";
  return config;
}

/// The log of a run with these options whose best pass reached 0.75, as the notebooks read it.
std::map<std::string, std::string> read_back(const RunConfig& config) {
  return read_as_notebooks(log_text(config, example_record()));
}

/// What they read of every run of published_config(), and then more.
std::map<std::string, std::string> with_common(std::map<std::string, std::string> more) {
  more.insert({{"memory_size", "990"}, {"dataset", "CIFAR100"}, {"Acc", "0.75"}});
  return more;
}

/// An encoder (or none) with its block, and what the notebooks are to read of it.
struct EncoderCase {
  std::string encoder, block, read;
};
const std::vector<EncoderCase> kEncoders{{"none", "3", ""},    {"cutr", "2", "2"},   {"cutr34", "1", "1"},
                                         {"cutr34", "3", "3"}, {"cutr34", "4", "4"}, {"cutr", "2.5", "2"}};

RunConfig with_encoder(const EncoderCase& encoder) {
  RunConfig config = published_config();
  config.encoder = encoder.encoder;
  config.encoding_block = encoder.block;
  config.compressor = "none";
  return config;
}

std::map<std::string, std::string> expected_fields(const EncoderCase& encoder,
                                                   std::map<std::string, std::string> codec) {
  codec["encoder"] = encoder.encoder;
  if (!encoder.read.empty()) codec["encoding_block"] = encoder.read;
  return with_common(std::move(codec));
}

TEST(NotebookLogs, EveryPublishedCodecIsReadWithAndWithoutAnEncoder) {
  struct Case {
    std::function<void(RunConfig&)> flags;
    std::string spec;  ///< the same by --codec
    std::map<std::string, std::string> read;
  };
  const std::vector<Case> cases{
      {[](RunConfig& c) { c.compressor = "none"; }, "none", {{"compressor", "none"}}},
      {[](RunConfig& c) { c.compressor = "quantization", c.n_states = 16, c.strategy = "local"; },
       "quantize:states=16,range=local",
       {{"compressor", "quantization"}, {"n_states", "16"}, {"strategy", "local"}}},
      {[](RunConfig& c) {
         c.compressor = "quantization", c.n_states = 2, c.strategy = "tiny_imagenet_transfer";
       },
       "quantize:range=tiny_imagenet_transfer,states=2",
       {{"compressor", "quantization"}, {"n_states", "2"}, {"strategy", "tiny_imagenet_transfer"}}},
      {[](RunConfig& c) { c.compressor = "thinning", c.compression_factor = 0.9; },
       "thin:factor=0.90,index=coordinates16",
       {{"compressor", "thinning"}, {"compression_factor", "0.9"}}},
      {[](RunConfig& c) { c.compressor = "thinning", c.compression_factor = 0; },
       "thin:factor=0,index=coordinates16",
       {{"compressor", "thinning"}, {"compression_factor", "0.0"}}},
      {[](RunConfig& c) { c.compressor = "convae", c.latent_channels = 8; },
       "convae:channels=8,blocks=2",
       {{"compressor", "convae"}, {"latent_channels", "8"}}},
      {[](RunConfig& c) { c.compressor = "fcae", c.bottleneck_neurons = 32, c.n_layers = 4; },
       "fcae:layers=4,neurons=32",
       {{"compressor", "fcae"}, {"bottleneck_neurons", "32"}}},
  };
  for (const EncoderCase& encoder : kEncoders)
    for (const Case& c : cases) {
      SCOPED_TRACE(c.spec + " behind " + encoder.encoder + " " + encoder.block);
      RunConfig by_flags = with_encoder(encoder), by_spec = by_flags;
      c.flags(by_flags);
      by_spec.codec = c.spec;
      by_flags.exp_name = by_spec.exp_name = "one";
      EXPECT_EQ(read_back(by_flags), expected_fields(encoder, c.read));
      EXPECT_EQ(namespace_text(by_spec, 990), namespace_text(by_flags, 990));
    }
}

TEST(NotebookLogs, AMethodWithoutEntriesStopsThemUnderItsOwnName) {
  RunConfig config = with_encoder(kEncoders.back());
  config.method = "slda:pool=1x1";
  EXPECT_THROW(read_back(config), std::runtime_error);
  EXPECT_THAT(namespace_text(config, 0), HasSubstr("compressor='slda:pool=1x1'"));
}

TEST(NotebookLogs, ACodecThatWasNeverPublishedStopsThemUnderItsOwnName) {
  std::size_t named = 0;
  for (const StageInfo& stage : stage_table())
    for (const std::string& spec : stage.examples)
      for (const EncoderCase& encoder : {kEncoders[0], kEncoders[3]}) {
        RunConfig config = with_encoder(encoder);
        config.codec = spec;
        const std::string text = namespace_text(config, 990);
        const std::string compressor = notebook_search(text, R"(compressor='(.*?)')");
        if (compressor == "none" && spec == "none") continue;
        EXPECT_NE(compressor, "none") << spec << " would be drawn as uncompressed";
        if (compressor != spec) continue;  // it has a published spelling
        ++named;
        EXPECT_THROW(read_back(config), std::runtime_error) << spec;
        EXPECT_EQ(text.find("n_states="), std::string::npos) << "no options of a part that was not chosen";
      }
  EXPECT_GT(named, 20U);
  for (const char* spec : {"quantize:states=4,range=local,zero=exact", "quantize:states=4,range=fit",
                           "thin:factor=0.9", "thin:factor=0.9,index=bitmap", "float16",
                           "thin:factor=0.9|quantize:states=4,range=local", "none|entropy:rans"}) {
    RunConfig config = published_config();
    config.codec = spec;
    EXPECT_EQ(notebook_search(namespace_text(config, 1), R"(compressor='(.*?)')"), spec);
  }
}

TEST(NotebookLogs, EveryCompressionFactorOfTheGridsReadsBackAsItself) {
  RunConfig config = published_config();
  config.compressor = "thinning";
  for (const auto& [factor, text] :
       {std::pair{0.5, "0.5"}, {0.8, "0.8"}, {0.9, "0.9"}, {0.95, "0.95"}, {0.0, "0.0"}, {1e-6, "1e-06"}}) {
    config.compression_factor = factor;
    EXPECT_EQ(read_back(config).at("compression_factor"), text);
  }
}

TEST(NotebookLogs, TheSlotsABudgetInBytesCameToAreTheSize) {
  RunConfig config = published_config();
  config.memory_bytes = "1536000";
  EXPECT_EQ(read_back(config).at("memory_size"), "990");
  config.memory_bytes.clear();
  config.whole_dataset = true;
  EXPECT_EQ(read_back(config).at("memory_size"), "990");
}

TEST(NotebookLogs, DataSetsHaveTheirDisplayNamesWhateverWasTyped) {
  for (const auto& [typed, read] :
       std::map<std::string, std::string>{{"cifar10", "CIFAR10"},
                                          {"CIFAR10", "CIFAR10"},
                                          {"Cifar100", "CIFAR100"},
                                          {"tinyimagenet", "TinyImagenet"},
                                          {"folder:/data/pets", "folder:/data/pets"}}) {
    RunConfig config = published_config();
    config.dataset = typed;
    EXPECT_EQ(read_back(config).at("dataset"), read) << typed;
  }
}

TEST(NotebookLogs, EveryAccuracyThatTenThousandImagesCanGiveIsReadBack) {
  RunRecord record = example_record();
  record.trainings.back().curve = {{0, 0, 0, 1}};
  for (int right = 0; right <= 10000; right += right < 20 ? 1 : 97) {
    record.trainings.back().curve.back().acc = right / 10000.0;
    EXPECT_EQ(std::stod(read_as_notebooks(log_text(published_config(), record)).at("Acc")), right / 10000.0);
  }
}

TEST(NamespaceText, IsOneLineOfPython) {
  RunConfig config = published_config();
  config.exp_name = "it's \"one\"\nof \\ caf\xe9 \xc3\xa9";
  config.log_dir = "don't";
  const std::string text = namespace_text(config, 1000);
  EXPECT_EQ(text.rfind("Namespace(dataset='CIFAR100', num_classes_per_task=5, num_tasks=20, seed=0, ", 0),
            0U);
  EXPECT_EQ(text.back(), ')');
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_TRUE(is_utf8(text));
  EXPECT_THAT(text, HasSubstr("log_dir=\"don't\""));
  EXPECT_THAT(text, HasSubstr("exp_name='it\\'s \"one\"\\nof \\\\ caf\\udce9 \xc3\xa9'"));
  EXPECT_THAT(text, HasSubstr("whole_dataset=False"));
  const std::vector<PythonField> fields = python_fields(python_namespaces(text).at(0).inside);
  EXPECT_EQ(fields.back().name, "exp_name");
  EXPECT_EQ(fields.back().value, config.exp_name) << "reads back to the same bytes";
}

TEST(NamespaceText, BlocksAreNumbers) {
  struct Case {
    EncoderCase encoder;
    std::string backbone, encoding_block, backbone_block;
  };
  for (const Case& c : {Case{{"none", "3", ""}, "resnet", "", "backbone_block=0,"},
                        Case{{"cutr34", "3", ""}, "resnet34", "encoding_block=3,", "backbone_block=3,"},
                        Case{{"cutr", "2.5", ""}, "resnet", "encoding_block=2.5,", "backbone_block=2.5,"},
                        Case{{"cutr34", "3", ""}, "mlp", "encoding_block=3,", ""}}) {
    RunConfig config = with_encoder(c.encoder);
    config.backbone = c.backbone;
    const std::string text = namespace_text(config, 10);
    for (const auto& [name, field] :
         {std::pair{"encoding_block=", c.encoding_block}, {"backbone_block=", c.backbone_block}})
      if (field.empty())
        EXPECT_EQ(text.find(name), std::string::npos) << text;
      else
        EXPECT_THAT(text, HasSubstr(field));
  }
}

TEST(NamespaceText, HoldsThePublishedOptionsOfTheChosenPartsAndNoOthers) {
  const RunConfig config = published_config();
  std::set<std::string> names;
  for (const PythonField& field : python_fields(python_namespaces(namespace_text(config, 1000)).at(0).inside))
    names.insert(field.name);
  for (const RunOption& option : run_options())
    EXPECT_EQ(names.count(option.name) > 0, option.published && applies(option, config)) << option.name;
  EXPECT_EQ(names.count("n_states"), 1U);
  EXPECT_EQ(names.count("latent_channels"), 0U);
}

TEST(LogText, BeginsWithTheOptionsAndEndsWithTheBestPassBehindTheLast) {
  const std::vector<std::string> lines = lines_of(log_text(published_config(), example_record()));
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_EQ(lines.front(), namespace_text(published_config(), 990));
  for (std::size_t i = 1; i < 4; ++i) EXPECT_NE(lines[i].find("task_acc"), std::string::npos) << lines[i];
  EXPECT_THAT(lines[4], HasSubstr("after the last pass: 0.625"));
  EXPECT_EQ(lines.back(), "Acc: [0.75]");
}

TEST(RunFolder, IsNamedByTheUserOrByTheOptions) {
  RunConfig config;
  config.log_dir = "logs";
  EXPECT_EQ(RunFolder(config).folder, std::filesystem::path("logs") / default_exp_name(config));
  config.exp_name = "mine";
  EXPECT_EQ(RunFolder(config).log, std::filesystem::path("logs/mine/checkpoint.log"));
  EXPECT_EQ(RunFolder(config).result, std::filesystem::path("logs/mine/result.json"));
}

TEST(ConfigToJson, HoldsTheOptionsThatApplyWithTheirTypes) {
  const nlohmann::json json = config_to_json(published_config());
  EXPECT_EQ(json.at("memory_size"), 1000);
  EXPECT_EQ(json.at("maxlr"), 0.05);
  EXPECT_EQ(json.at("strategy"), "local");
  EXPECT_EQ(json.at("whole_dataset"), false);
  EXPECT_FALSE(json.contains("compression_factor")) << "belongs to thinning";
}

TEST(WriteResults, WritesTheLogAndTheResultIntoTheFolder) {
  const TempFolder folder;
  RunConfig config = published_config();
  config.log_dir = (folder / "runs").string();
  config.exp_name = "one";
  const RunFolder where(config);
  write_results(where, config, example_record());
  EXPECT_EQ(read_text(where.log), log_text(config, example_record()));
  const auto json = nlohmann::json::parse(read_text(where.result));
  EXPECT_EQ(json.at("exp_name"), "one");
  EXPECT_EQ(json.at("config").at("dataset"), "CIFAR100");
  EXPECT_EQ(json.at("accuracy").at("final"), 0.625);
}

}  // namespace
}  // namespace packrat
