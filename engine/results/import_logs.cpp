#include "engine/results/import_logs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <ostream>
#include <regex>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/experiment/option_text.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

/// The text of NAME=VALUE in the log as it would be typed; empty when there is none, or it is None.
std::string logged_value(const std::string& text, const std::string& name) {
  // As in the notebooks, with a boundary so that block= does not match encoding_block=.
  const std::regex pattern("(?:^|[^\\w])" + name + "=(?:'([^']*)'|\"([^\"]*)\"|([^,)\\s]+))");
  std::smatch match;
  if (!std::regex_search(text, match, pattern)) return "";
  const std::string value = match[1].matched   ? match[1].str()
                            : match[2].matched ? match[2].str()
                                               : match[3].str();
  if (value == "None") return "";
  return value == "True" ? "true" : value == "False" ? "false" : value;
}

/// "3.0" as the text "3": the program's integers and cuts were sometimes printed as floats.
std::string without_zero_fraction(const std::string& value) {
  static const std::regex pattern("(\\d+)\\.0+");
  std::smatch match;
  return std::regex_match(value, match, pattern) ? match[1].str() : value;
}

void read_option(const RunOption& option, const std::string& text, LoggedRun& run) {
  const std::string value = logged_value(text, option.name);
  if (value.empty()) return;
  try {
    const bool is_number = std::holds_alternative<double RunConfig::*>(option.field);
    set_option(option, is_number ? value : without_zero_fraction(value), run.config);
    run.given.insert(option.name);
  } catch (const UserError&) {
    // A value of another type: of what the log says, it is not known.
  }
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  if (end == std::string::npos) return "";
  const std::size_t begin = text.find_last_of('\n', end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1,
                     end - (begin == std::string::npos ? -1 : begin));
}

double logged_accuracy(const std::string& text) {
  static const std::regex pattern(R"(Acc: \[[^\]]*?([0-9.]+(?:e-?\d+)?)\s*\])");
  const std::string line = last_line(text);
  std::smatch match;
  if (!std::regex_search(line, match, pattern))
    throw UserError("its last line has no 'Acc: [...]': the run did not finish");
  const double accuracy = std::stod(match[1]);
  if (!(accuracy >= 0 && accuracy <= 1))
    throw UserError(fmt::format("its accuracy {} is not a fraction from 0 to 1", accuracy));
  return accuracy;
}

/// The run as result.json, with what is known of it.
json to_json(const LoggedRun& run, const fs::path& log, const std::string& name,
             const std::function<RunForecast(RunConfig)>& bytes) {
  json result{{"exp_name", name}, {"imported", {{"log", log.string()}}}};
  for (const RunOption& option : run_options())
    if (run.given.count(option.name) > 0 && applies(option, run.config))
      std::visit([&](auto field) { result["config"][option.name] = run.config.*field; }, option.field);
  result["accuracy"] = {{"final", run.final_acc}};
  result["buffer"] = {{"slots", run.config.memory_size}};
  try {
    const RunForecast formulas = bytes(run.config);
    if (formulas.exact_bytes) result["bytes"]["exact"] = *formulas.exact_bytes;
    if (formulas.published_mib) result["bytes"]["published_mib"] = *formulas.published_mib;
  } catch (const UserError& unknown) {
    result["bytes"]["why"] = unknown.what();
  }
  return result;
}

ImportedLog import_log(const fs::path& log, const fs::path& logs, const fs::path& folder,
                       const std::function<RunForecast(RunConfig)>& bytes) try {
  if (fs::exists(log.parent_path() / "result.json"))
    return {log, "", "a run of Packrat: its result.json says more"};
  const LoggedRun run = parse_log(read_text(log));
  std::string name = fs::relative(log.parent_path(), logs).generic_string();
  if (name == ".") name = fs::weakly_canonical(logs).filename().string();
  std::replace(name.begin(), name.end(), '/', '_');
  const json result = to_json(run, log, name, bytes);
  write_file_atomically(folder / name / "result.json",
                        [&](std::ostream& out) { out << result.dump(2) << '\n'; });
  return {log, name, ""};
} catch (const UserError& problem) {
  return {log, "", problem.what()};
}

}  // namespace

LoggedRun parse_log(const std::string& text) {
  LoggedRun run;
  for (const RunOption& option : run_options())
    if (option.published) read_option(option, text, run);
  for (const char* name : {"dataset", "encoder", "compressor", "memory_size"})
    if (run.given.count(name) == 0) throw UserError(fmt::format("it does not say {}=...", name));
  run.final_acc = logged_accuracy(text);
  return run;
}

std::vector<ImportedLog> import_logs(const fs::path& logs, const fs::path& folder,
                                     const std::function<RunForecast(RunConfig)>& bytes) {
  if (!fs::is_directory(logs))
    throw UserError(
        fmt::format("{} is not a folder: give one that holds logs of the original program", logs.string()));
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(logs))
    if (entry.path().filename() == "checkpoint.log") files.push_back(entry.path());
  if (files.empty()) throw UserError(fmt::format("no checkpoint.log below {}", logs.string()));
  std::sort(files.begin(), files.end());
  std::vector<ImportedLog> imported;
  for (const fs::path& file : files) imported.push_back(import_log(file, logs, folder, bytes));
  return imported;
}

}  // namespace packrat
