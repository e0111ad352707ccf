#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/experiment/forecast.h"
#include "engine/report/table.h"
#include "engine/sweep/import_logs.h"
#include "engine/sweep/result_columns.h"
#include "engine/sweep/results_database.h"
#include "tools/commands.h"
#include "tools/run_table.h"

namespace packrat {
namespace {

struct ResultsCommand {
  std::vector<std::string> folders{"runs"};
  std::string where, sort, format = "table", out;
  std::vector<std::string> columns;
  bool why = false, rebuild = false;
};

std::vector<StoredRun> load_all(const std::vector<std::string>& folders) {
  std::vector<StoredRun> runs;
  for (const std::string& folder : folders) {
    const std::vector<StoredRun> more = load_runs(folder);
    if (more.empty())
      throw UserError(fmt::format("no result.json below {}: `packrat run` writes them", folder));
    runs.insert(runs.end(), more.begin(), more.end());
  }
  return runs;
}

void print_reasons(const std::vector<StoredRun>& runs) {
  fmt::print("\nWhy measured and published bytes differ\n");
  for (const StoredRun& run : runs)
    fmt::print("- {}: {}\n", run.codec.empty() ? run.setting : run.codec,
               run.why.empty() ? "nothing was measured: imported" : run.why);
}

void write_export(const ResultsCommand& options, const std::vector<StoredRun>& runs) {
  const std::string text = options.format == "csv" ? runs_as_csv(runs) : runs_as_json(runs);
  if (options.out.empty()) {
    fmt::print("{}", text);
    return;
  }
  write_file_atomically(options.out, [&](std::ostream& out) { out << text; });
  fmt::print("{} runs written to {}\n", runs.size(), options.out);
}

void rebuild(const ResultsCommand& options) {
  for (const std::string& folder : options.folders) {
    const std::vector<StoredRun> runs = load_runs(folder);
    const std::filesystem::path file = std::filesystem::path(folder) / kDatabaseName;
    rebuild_database(file, runs);
    fmt::print("{} runs written to {}\n", runs.size(), file.string());
  }
}

TableCell cell_of(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return value.get<double>();
  return value.is_null() ? TableCell() : TableCell(value.get<std::int64_t>());
}

/// A Markdown table of the columns that were asked for.
void print_columns(const std::vector<StoredRun>& runs, const std::vector<std::string>& names) {
  Table table;
  table.rows.resize(runs.size());
  for (const std::string& name : names) {
    const ResultColumn& column = find_result_column(name);
    table.columns.push_back({name, column.digits});
    for (std::size_t i = 0; i < runs.size(); ++i) table.rows[i].push_back(cell_of(column.value(runs[i])));
  }
  fmt::print("{}", markdown_text(table));
}

void show_results(const ResultsCommand& options) {
  if (options.rebuild) return rebuild(options);
  if (options.format == "table" && !options.out.empty())
    throw UserError("--out writes a file of --format csv or json: choose one of them");
  if (options.format != "table" && !options.columns.empty())
    throw UserError("--columns chooses those of a table: csv and json have all of them");
  std::vector<StoredRun> runs = load_all(options.folders);
  if (!options.where.empty() || !options.sort.empty()) runs = select_runs(runs, options.where, options.sort);
  if (options.format != "table") return write_export(options, runs);
  if (options.columns.empty())
    print_run_table(runs);
  else
    print_columns(runs, options.columns);
  if (options.why) print_reasons(runs);
}

void import(const std::string& logs, const std::string& out) {
  std::size_t count = 0;
  for (const ImportedLog& log : import_logs(logs, out, formula_bytes)) {
    if (log.problem.empty())
      ++count;
    else
      fmt::print("passed over {}: {}\n", log.log.string(), log.problem);
  }
  if (count == 0) throw UserError(fmt::format("no finished run of the original program below {}", logs));
  rebuild_database(std::filesystem::path(out) / kDatabaseName, load_runs(out));
  fmt::print("{} runs imported into {}\n", count, out);
}

void add_import_command(CLI::App& results) {
  CLI::App* command = results.add_subcommand(
      "import", "Read checkpoint.log files of the original program, so that old runs stand beside new ones");
  const auto logs = std::make_shared<std::string>(), out = std::make_shared<std::string>();
  command->add_option("LOGS", *logs, "Folder that holds the logs")->required();
  command->add_option("--out", *out, "Folder for the runs")->required();
  command->callback([logs, out] { import(*logs, *out); });
}

}  // namespace

void add_results_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("results", "List, filter and export the runs below a folder");
  const auto options = std::make_shared<ResultsCommand>();
  command->add_option("DIR", options->folders, "Folders that hold runs")->capture_default_str();
  command->add_option(
      "--where", options->where,
      "Only runs for which this SQL expression holds: \"dataset = 'CIFAR10' and slots >= 100\"");
  command->add_option("--sort", options->sort, "Order: \"exact_bytes, best_acc desc\"");
  command
      ->add_option("--columns", options->columns,
                   "Columns of the table instead: codec,slots,entry_bytes,final_acc")
      ->delimiter(',');
  command->add_option("--format", options->format, "table, csv or json; csv and json have all columns")
      ->check(CLI::IsMember({"table", "csv", "json"}))
      ->capture_default_str();
  command->add_option("--out", options->out, "Write csv or json to this file");
  command->add_flag("--why", options->why, "Say for every run why measured and published bytes differ");
  command->add_flag("--rebuild", options->rebuild,
                    "Make DIR/results.db, an SQLite database, anew from the runs");
  add_import_command(*command);
  command->callback([command, options] {
    if (command->get_subcommands().empty()) show_results(*options);
  });
}

}  // namespace packrat
