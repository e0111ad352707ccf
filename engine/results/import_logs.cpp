#include "engine/results/import_logs.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <system_error>

#include "compressors/registry.h"
#include "engine/core/csv.h"
#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/json_text.h"
#include "engine/core/python_text.h"
#include "engine/core/utf8.h"
#include "engine/data/dataset_name.h"
#include "engine/experiment/option_text.h"
#include "engine/results/results_database.h"
#include "engine/results/results_store.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

constexpr const char* kLog = "checkpoint.log";
/// What a log must say.
const RunField kNeeded[] = {&RunConfig::dataset, &RunConfig::encoder, &RunConfig::compressor,
                            &RunConfig::memory_size};

bool is_needed(const std::string& name) {
  return std::any_of(std::begin(kNeeded), std::end(kNeeded),
                     [&](RunField field) { return find_run_option(field).name == name; });
}

/// For a message: text of a log, however long and whatever its bytes.
std::string excerpt(std::string_view text) {
  constexpr std::size_t kShown = 40;
  return "'" + printable(text.substr(0, kShown)) + (text.size() > kShown ? "...'" : "'");
}

bool starts_run(const PythonNamespace& found) {
  const std::vector<PythonField> fields = python_fields(found.inside);
  return std::any_of(fields.begin(), fields.end(),
                     [](const PythonField& field) { return is_needed(field.name); });
}

/// Where the options of a run stand.
std::string_view text_of_options(std::string_view run) {
  for (const PythonNamespace& found : python_namespaces(run))
    if (starts_run(found)) return found.inside;
  return run;
}

/// "3.0" as the text "3": the program's integers and cuts were sometimes printed as floats.
std::string without_zero_fraction(const std::string& value) {
  const std::size_t point = value.find('.');
  const bool whole = point != std::string::npos && point > 0 && point + 1 < value.size() &&
                     value.find_first_not_of("0123456789") == point &&
                     value.find_first_not_of('0', point + 1) == std::string::npos;
  return whole ? value.substr(0, point) : value;
}

void read_option(const RunOption& option, const std::string& logged, LoggedRun& run) {
  if (logged.empty() || logged == "None") return;
  const bool is_number = std::holds_alternative<double RunConfig::*>(option.field);
  const std::string value = logged == "True" ? "true" : logged == "False" ? "false" : printable(logged);
  try {
    set_option(option, is_number ? value : without_zero_fraction(value), run.config);
    run.given.insert(option.name);
  } catch (const UserError&) {
    // A value of another type: of what the log says, it is not known.
  }
}

bool is_published(const std::string& name) {
  const RunOption* const option = known_run_option(name);
  return option != nullptr && option->published;
}

/// A compressor that no flag names is the spec of a codec, as Packrat's own logs have it.
void read_codec(LoggedRun& run) {
  const std::string spec = run.config.compressor;
  const auto& flags = find_run_option(&RunConfig::compressor).choices;
  const bool is_flag = std::find(flags.begin(), flags.end(), spec) != flags.end();
  if (is_flag) return;
  try {
    normal_form(spec);
  } catch (const UserError&) {
    return;  // of another program
  }
  run.config.codec = spec;
  run.config.compressor = RunConfig{}.compressor;
  run.given.insert("codec");
  run.given.erase("compressor");
}

void read_options(std::string_view text, LoggedRun& run) {
  std::map<std::string, std::string> logged;
  for (const PythonField& field : python_fields(text)) {
    const auto [known, is_new] = logged.emplace(field.name, field.value);
    if (!is_new && known->second != field.value && is_published(field.name))
      throw UserError(fmt::format("it says {}={} and {}={}: put its runs into logs of their own", field.name,
                                  excerpt(known->second), field.name, excerpt(field.value)));
  }
  for (const RunOption& option : run_options())
    if (const auto known = logged.find(option.name); option.published && known != logged.end())
      read_option(option, known->second, run);
}

/// The last line that is not blank; lines end as Python reads them.
std::string_view last_line(std::string_view text) {
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  if (end == std::string_view::npos) return {};
  const std::size_t before = text.find_last_of("\r\n", end);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  return text.substr(begin, end + 1 - begin);
}

/// The number, or the last of several, between the brackets of "Acc: [...]".
double logged_accuracy(std::string_view text) {
  constexpr std::string_view kBegin = "Acc: [";
  const std::string_view line = last_line(text);
  const std::size_t begin = line.find(kBegin);
  const std::size_t end = begin == std::string_view::npos ? begin : line.find(']', begin);
  if (end == std::string_view::npos)
    throw UserError("its last line has no 'Acc: [...]': the run did not finish");
  std::string_view number = line.substr(begin + kBegin.size(), end - begin - kBegin.size());
  number = number.substr(0, number.find_last_not_of(" \t") + 1);  // npos + 1 is 0
  number.remove_prefix(number.find_last_of(", \t") + 1);
  const std::optional<double> accuracy = parse_number(number);
  if (!accuracy || !(*accuracy >= 0 && *accuracy <= 1))
    throw UserError(fmt::format("its accuracy {} is not a fraction from 0 to 1", excerpt(number)));
  return *accuracy;
}

/// The run as result.json, with what is known of it.
json to_json(const LoggedRun& run, const std::function<RunForecast(RunConfig)>& bytes) {
  json result;
  for (const RunOption& option : run_options())
    if (run.given.count(option.name) > 0 && applies(option, run.config))
      std::visit([&](auto field) { result["config"][option.name] = run.config.*field; }, option.field);
  result["accuracy"] = {{"best", run.best_acc}};
  result["buffer"] = {{"slots", run.config.memory_size}};
  try {
    const RunForecast formulas = bytes(run.config);
    if (formulas.exact_bytes) result["bytes"]["exact"] = *formulas.exact_bytes;
    if (formulas.published_mib) result["bytes"]["published_mib"] = *formulas.published_mib;
  } catch (const std::exception& unknown) {  // whatever a foreign log makes of the formulas
    result["bytes"]["why"] = printable(unknown.what());
  }
  return result;
}

/// Which run of which log: what a result.json keeps under "imported".
json source_of(const fs::path& log, std::size_t number) {
  return json{{"log", printable(fs::weakly_canonical(log).string())}, {"run", number}};
}

/// What the result.json in a folder was imported from; null when it is no imported one.
json imported_from(const fs::path& result) try {
  const json source = parse_json(read_text(result)).value("imported", json());
  return source.is_object() ? source_of(source.value("log", ""), source.value("run", std::size_t{1}))
                            : json();
} catch (const std::exception&) {
  return {};
}

/// Gives every run a folder of its own below `folder`.
class FolderNames {
 public:
  FolderNames(const fs::path& logs, const fs::path& folder) : logs_(logs), folder_(folder) {}

  std::string name(const fs::path& log, const json& source) {
    const std::string wanted = from_path(log);
    std::string name = wanted;
    for (std::size_t n = 2; !is_free(name, log, source); ++n) name = fmt::format("{}-{}", wanted, n);
    taken_.insert(name);
    return name;
  }

 private:
  std::string from_path(const fs::path& log) const {
    constexpr std::size_t kLongest = 200;  // bytes; file systems allow 255
    fs::path path = fs::relative(log.parent_path(), logs_);
    if (path == ".") path = fs::weakly_canonical(logs_).filename();
    std::string name = printable(path.generic_string());
    std::replace(name.begin(), name.end(), '/', '_');
    while (name.size() > kLongest || !is_utf8(name)) name.erase(0, 1);
    return name.empty() ? "run" : name;
  }

  /// A folder that is not there or empty, the log's own, or one that holds the same run from an earlier
  /// import.
  bool is_free(const std::string& name, const fs::path& log, const json& source) const {
    if (taken_.count(name) > 0 || name == kDatabaseName) return false;
    const fs::path folder = folder_ / name;
    if (fs::exists(folder / kRunResult)) return imported_from(folder / kRunResult) == source;
    return !fs::exists(folder) || (fs::is_directory(folder) && fs::is_empty(folder)) ||
           fs::weakly_canonical(folder) == fs::weakly_canonical(log.parent_path());
  }

  fs::path logs_, folder_;
  std::set<std::string> taken_;
};

std::string read_log(const fs::path& log) {
  if (!fs::is_regular_file(log)) throw UserError("it is not a file");
  std::string text = read_text(log);
  if (text.rfind("\xff\xfe", 0) == 0 || text.rfind("\xfe\xff", 0) == 0)
    throw UserError("it is UTF-16 text: convert it, as by iconv -f UTF-16 -t UTF-8");
  return text;
}

/// Imports the runs of one log. Only what cannot be written is thrown on.
void import_log(const fs::path& log, FolderNames& names, const fs::path& folder,
                const std::function<RunForecast(RunConfig)>& bytes, std::vector<ImportedLog>& imported) {
  const fs::path beside = log.parent_path() / kRunResult;
  std::error_code none;
  if (fs::exists(beside, none) && imported_from(beside).is_null()) {
    imported.push_back({log, "", "a run of Packrat: its result.json says more"});
    return;
  }
  std::string text;
  try {
    text = read_log(log);
  } catch (const std::exception& problem) {
    imported.push_back({log, "", printable(problem.what())});
    return;
  }
  const std::vector<std::string_view> runs = runs_in_log(text);
  for (std::size_t number = 1; number <= runs.size(); ++number) {
    json result;
    try {
      result = to_json(parse_log(runs[number - 1]), bytes);
    } catch (const UserError& problem) {
      const std::string which = runs.size() == 1 ? "" : fmt::format("run {} of {}: ", number, runs.size());
      imported.push_back({log, "", which + problem.what()});
      continue;
    }
    result["imported"] = source_of(log, number);
    const std::string name = names.name(log, result["imported"]);
    result["exp_name"] = name;
    write_file_atomically(folder / name / kRunResult,
                          [&](std::ostream& out) { out << result.dump(2) << '\n'; });
    imported.push_back({log, name, ""});
  }
}

/// Every checkpoint.log below the folder, in order. Folders that cannot be read stand in `imported`.
std::vector<fs::path> logs_below(const fs::path& logs, std::vector<ImportedLog>& imported) {
  std::vector<fs::path> files, folders{logs};
  while (!folders.empty()) {
    const fs::path folder = std::move(folders.back());
    folders.pop_back();
    std::error_code problem;
    for (fs::directory_iterator entry(folder, problem), end; !problem && entry != end;
         entry.increment(problem)) {
      std::error_code none;
      if (entry->path().filename() == kLog && !entry->is_directory(none))
        files.push_back(entry->path());
      else if (entry->is_directory(none) && !entry->is_symlink(none))
        folders.push_back(entry->path());
    }
    if (problem) imported.push_back({folder, "", "the folder cannot be read: " + problem.message()});
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::vector<std::string_view> runs_in_log(std::string_view text) {
  std::vector<std::size_t> begins;
  for (const PythonNamespace& found : python_namespaces(text))
    if (starts_run(found)) begins.push_back(found.line);
  if (begins.empty()) return {text};
  std::vector<std::string_view> runs;
  begins.push_back(text.size());
  for (std::size_t i = 0; i + 1 < begins.size(); ++i)
    runs.push_back(text.substr(begins[i], begins[i + 1] - begins[i]));
  return runs;
}

LoggedRun parse_log(std::string_view run) {
  LoggedRun logged;
  read_options(text_of_options(run), logged);
  for (const RunField field : kNeeded)
    if (const std::string& name = find_run_option(field).name; logged.given.count(name) == 0)
      throw UserError(fmt::format("it does not say {}=...", name));
  logged.config.dataset = dataset_display_name(logged.config.dataset);
  read_codec(logged);
  logged.best_acc = logged_accuracy(run);
  return logged;
}

std::vector<ImportedLog> import_logs(const fs::path& logs, const fs::path& folder,
                                     const std::function<RunForecast(RunConfig)>& bytes) {
  if (!fs::is_directory(logs))
    throw UserError(
        fmt::format("{} is not a folder: give one that holds logs of the original program", logs.string()));
  std::vector<ImportedLog> imported;
  const std::vector<fs::path> files = logs_below(logs, imported);
  if (files.empty()) throw UserError(fmt::format("no {} below {}", kLog, logs.string()));
  FolderNames names(logs, folder);
  for (const fs::path& file : files) import_log(file, names, folder, bytes, imported);
  return imported;
}

}  // namespace packrat
