#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "tools/commands.h"

namespace packrat {
namespace {

using nlohmann::json;
using Table = std::vector<std::vector<std::string>>;

std::string number(const json& value, const char* format) {
  return value.is_null() ? "-" : fmt::format(fmt::runtime(format), value.get<double>());
}

std::vector<std::string> row_of(const json& result) {
  const json &accuracy = result.at("accuracy"), &bytes = result.at("bytes"), &buffer = result.at("buffer"),
             &seconds = result.at("seconds");
  const json& config = result.at("config");
  const std::string encoder = config.at("encoder");
  return {config.at("dataset"),
          encoder == "none" ? encoder
                            : fmt::format("{}({})", encoder, config.at("encoding_block").get<std::string>()),
          buffer.at("codec"),
          fmt::format("{}", buffer.at("slots").get<std::int64_t>()),
          number(accuracy.at("final").get<double>() * 100, "{:.2f}"),
          number(accuracy.at("best").get<double>() * 100, "{:.2f}"),
          number(accuracy.at("task").get<double>() * 100, "{:.2f}"),
          number(bytes.at("published_mib"), "{:.4f}"),
          number(bytes.at("exact"), "{:.0f}"),
          number(bytes.at("measured"), "{:.0f}"),
          number(bytes.at("measured_over_published"), "{:.3f}"),
          number(bytes.at("measured_over_exact"), "{:.4f}"),
          number(seconds.at("load"), "{:.1f}"),
          number(seconds.at("encode"), "{:.1f}"),
          number(seconds.at("ingest"), "{:.1f}"),
          number(seconds.at("train"), "{:.1f}"),
          number(seconds.at("evaluate"), "{:.1f}")};
}

const std::vector<std::string> kHeading{"data set",  "encoder",    "codec",         "slots",    "final %",
                                        "best %",    "task %",     "published MiB", "exact B",  "measured B",
                                        "meas/publ", "meas/exact", "load s",        "encode s", "ingest s",
                                        "train s",   "eval s"};

/// Columns as wide as their widest cell; text to the left, numbers to the right; as a Markdown table.
void print_table(const Table& table) {
  constexpr std::size_t kTextColumns = 3;
  std::vector<std::size_t> width(kHeading.size());
  for (const auto& row : table)
    for (std::size_t c = 0; c < row.size(); ++c) width[c] = std::max(width[c], row[c].size());
  for (std::size_t r = 0; r < table.size(); ++r) {
    for (std::size_t c = 0; c < table[r].size(); ++c)
      fmt::print("| {} ", c < kTextColumns ? fmt::format("{:<{}}", table[r][c], width[c])
                                           : fmt::format("{:>{}}", table[r][c], width[c]));
    fmt::print("|\n");
    if (r > 0) continue;
    for (std::size_t c = 0; c < width.size(); ++c)
      fmt::print("|{}{}", std::string(width[c] + 1, '-'), c < kTextColumns ? "-" : ":");
    fmt::print("|\n");
  }
}

std::vector<std::filesystem::path> result_files(const std::string& folder) {
  if (!std::filesystem::is_directory(folder))
    throw UserError(fmt::format("{} is not a folder: give one that holds runs, such as runs", folder));
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().filename() == "result.json") files.push_back(entry.path());
  if (files.empty())
    throw UserError(fmt::format("no result.json below {}: `packrat run` writes them", folder));
  std::sort(files.begin(), files.end());
  return files;
}

void print_results(const std::vector<std::string>& folders, bool reasons) {
  Table table{kHeading};
  std::vector<std::string> why;
  for (const std::string& folder : folders)
    for (const auto& file : result_files(folder)) {
      try {
        const json result = json::parse(read_text(file));
        table.push_back(row_of(result));
        why.push_back(fmt::format("{}: {}", result.at("buffer").at("codec").get<std::string>(),
                                  result.at("bytes").at("why").get<std::string>()));
      } catch (const json::exception&) {
        throw UserError(fmt::format(
            "{} is not a result of `packrat run`, or is damaged: delete it and run again", file.string()));
      }
    }
  print_table(table);
  if (!reasons) return;
  fmt::print("\nWhy measured and published bytes differ\n");
  for (const std::string& line : why) fmt::print("- {}\n", line);
}

}  // namespace

void add_results_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("results", "One table of all runs below a folder");
  const auto folders = std::make_shared<std::vector<std::string>>(1, "runs");
  const auto reasons = std::make_shared<bool>(false);
  command->add_option("DIR", *folders, "Folders that hold runs")->capture_default_str();
  command->add_flag("--why", *reasons, "Say for every run why measured and published bytes differ");
  command->callback([folders, reasons] { print_results(*folders, *reasons); });
}

}  // namespace packrat
