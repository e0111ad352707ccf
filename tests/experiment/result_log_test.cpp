#include "engine/experiment/result_log.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "engine/core/files.h"
#include "tests/data/small_dataset.h"
#include "tests/experiment/example_record.h"

namespace packrat {
namespace {
using testing_data::TempFolder;

/// What the expression's first group finds, as the notebooks read a log; "" when it finds nothing.
std::string found(const std::string& text, const std::string& expression) {
  std::smatch match;
  return std::regex_search(text, match, std::regex(expression)) ? match[1].str() : "";
}

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

TEST(NamespaceText, IsReadByTheNotebooksExpressions) {
  const std::string text = namespace_text(published_config(), 1000);
  EXPECT_EQ(text.rfind("Namespace(", 0), 0U);
  EXPECT_EQ(text.back(), ')');
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_EQ(found(text, R"(memory_size=(\d+))"), "1000");
  EXPECT_EQ(found(text, R"(compressor='(\w+)')"), "quantization");
  EXPECT_EQ(found(text, R"(encoder='(\w+)')"), "cutr34");
  EXPECT_EQ(found(text, R"(strategy='(\w+)')"), "local");
  EXPECT_EQ(found(text, R"(dataset='(\w+)')"), "CIFAR100");
  EXPECT_EQ(found(text, R"(compression_factor=([\d.]+),)"), "0.5");
  EXPECT_EQ(found(text, R"(n_states=(\d+))"), "4");
  EXPECT_EQ(found(text, R"(seed=(\d+))"), "0");
  EXPECT_EQ(found(text, R"(encoding_block='?([\d.]+))"), "3");
  EXPECT_EQ(found(text, R"(latent_channels=(\d+))"), "16");
  EXPECT_EQ(found(text, R"(bottleneck_neurons=(\d+))"), "64");
  EXPECT_EQ(found(text, R"(whole_dataset=(\w+))"), "False");
}

TEST(NamespaceText, HasEveryCompressionFactorOfTheGridsAsPythonPrintsIt) {
  RunConfig config;
  for (const auto& [factor, text] :
       {std::pair{0.5, "0.5"}, {0.8, "0.8"}, {0.9, "0.9"}, {0.95, "0.95"}, {0.0, "0.0"}}) {
    config.compression_factor = factor;
    EXPECT_EQ(found(namespace_text(config, 10), R"(compression_factor=([\d.]+),)"), text);
  }
}

TEST(NamespaceText, SaysHowManySlotsABudgetInBytesCameTo) {
  RunConfig config;
  config.memory_bytes = "1536000";
  EXPECT_EQ(found(namespace_text(config, 374), R"(memory_size=(\d+))"), "374");
}

TEST(NamespaceText, HoldsThePublishedOptionsAndNoOthers) {
  const std::string text = namespace_text(published_config(), 1000);
  for (const RunOption& option : run_options()) {
    const bool there = std::regex_search(text, std::regex("[( ]" + option.name + "="));
    EXPECT_EQ(there, option.published) << option.name;
  }
}

TEST(LogText, BeginsWithTheOptionsAndEndsWithTheAccuracyAfterTheLastPass) {
  const std::vector<std::string> lines = lines_of(log_text(published_config(), example_record()));
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines.front(), namespace_text(published_config(), 990));
  EXPECT_EQ(lines.back(), "Acc: [0.625]");
  for (std::size_t i = 1; i < 4; ++i) EXPECT_NE(lines[i].find("task_acc"), std::string::npos) << lines[i];
}

TEST(LogText, EveryAccuracyThatTenThousandImagesCanGiveIsReadBack) {
  RunRecord record = example_record();
  for (int right = 0; right <= 10000; right += right < 20 ? 1 : 97) {
    record.trainings.back().curve.back().acc = right / 10000.0;
    const std::string last = lines_of(log_text(published_config(), record)).back();
    const std::string figure = found(last, R"(Acc: \[([\d.]+)\])");
    ASSERT_FALSE(figure.empty()) << last;
    EXPECT_EQ(std::stod(figure), right / 10000.0);
  }
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
