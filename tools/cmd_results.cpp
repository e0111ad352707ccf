#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <ostream>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/experiment/forecast.h"
#include "engine/report/table.h"
#include "engine/results/import_logs.h"
#include "engine/results/pack_results.h"
#include "engine/results/results_database.h"
#include "engine/results/results_store.h"
#include "engine/results/seed_means.h"
#include "engine/results/stored_sparsification.h"
#include "tools/commands.h"
#include "tools/run_table.h"
#include "tools/tensors.h"

namespace packrat {
namespace {

struct ResultsCommand {
  std::vector<std::string> folders{"runs"};
  std::string where, sort, table, format = "table", out, pack;
  std::vector<std::string> columns;
  bool why = false, rebuild = false, over_seeds = false;
};

/// What is below the folders, of both kinds.
struct StoredResults {
  std::vector<StoredRun> runs;
  std::vector<StoredSparsification> sparsifications;
};

template <typename Run>
void append(const std::vector<Run>& more, std::vector<Run>& all) {
  all.insert(all.end(), more.begin(), more.end());
}

StoredResults load_results(const std::vector<std::string>& folders) {
  StoredResults all;
  for (const std::string& folder : folders) {
    const StoredResults more{load_runs(folder), load_sparsifications(folder)};
    if (more.runs.empty() && more.sparsifications.empty())
      throw UserError(fmt::format("no {} and no {} below {}: `packrat run` and `packrat sparsify` write them",
                                  kRunResult, kSparsificationResult, folder));
    append(more.runs, all.runs);
    append(more.sparsifications, all.sparsifications);
  }
  return all;
}

void print_reasons(const std::vector<StoredRun>& runs) {
  fmt::print("\nWhy measured and published bytes differ\n");
  for (const StoredRun& run : runs)
    fmt::print("- {}: {}\n", run.codec.empty() ? run.setting : run.codec,
               run.why.empty() ? "nothing was measured: imported" : run.why);
}

void write_export(const ResultsCommand& options, const ResultTable& table) {
  const std::string text = options.format == "csv" ? csv_text(table) : json_text(table);
  if (options.out.empty()) {
    fmt::print("{}", text);
    return;
  }
  write_file_atomically(options.out, [&](std::ostream& out) { out << text; });
  fmt::print("{} {} written to {}\n", table.rows.size(), table.name, options.out);
}

void rebuild(const ResultsCommand& options) {
  for (const std::string& folder : options.folders) {
    if (!std::filesystem::is_directory(folder))
      throw UserError(
          fmt::format("{} is not a folder: {} is made anew in folders alone", folder, kDatabaseName));
    const std::vector<ResultTable> tables{result_table(load_runs(folder)),
                                          result_table(load_sparsifications(folder))};
    const std::filesystem::path file = std::filesystem::path(folder) / kDatabaseName;
    rebuild_database(file, tables);
    fmt::print("{} {} and {} {} written to {}\n", tables[0].rows.size(), tables[0].name,
               tables[1].rows.size(), tables[1].name, file.string());
  }
}

/// A Markdown table of the columns that were asked for.
void print_columns(ResultTable all, const std::vector<std::string>& names) {
  add_option_columns(names, all);
  Table table;
  table.rows.resize(all.rows.size());
  for (const std::string& name : names) {
    const std::size_t column = all.column(name);
    table.columns.push_back({name, all.columns[column].digits});
    for (std::size_t i = 0; i < all.rows.size(); ++i) table.rows[i].push_back(all.rows[i][column]);
  }
  fmt::print("{}", markdown_text(table));
}

/// The rows in the order that was asked for.
ResultTable sorted(ResultTable table, const std::string& order) {
  if (order.empty()) return table;
  std::vector<std::vector<ResultCell>> rows;
  for (const std::size_t row : select_rows(table, "", order)) rows.push_back(table.rows[row]);
  table.rows = std::move(rows);
  return table;
}

void show_points(const ResultsCommand& options, const std::vector<StoredRun>& runs) {
  const std::vector<std::string> usual{"dataset",  "encoding_block", "slots",         "method",
                                       "codec",    "seeds",          "final_acc",     "final_acc_sd",
                                       "best_acc", "best_acc_sd",    "measured_bytes"};
  const ResultTable points =
      sorted(mean_over_seeds(result_table(select_runs(runs, options.where, ""))), options.sort);
  if (options.format != "table") return write_export(options, points);
  print_columns(points, options.columns.empty() ? usual : options.columns);
}

template <typename Run>
void show(const ResultsCommand& options, std::vector<Run> runs) {
  if (!options.where.empty() || !options.sort.empty()) runs = select_runs(runs, options.where, options.sort);
  if (options.format != "table") return write_export(options, result_table(runs));
  if (options.columns.empty())
    print_run_table(runs);
  else
    print_columns(result_table(runs), options.columns);
  if constexpr (std::is_same_v<Run, StoredRun>)
    if (options.why) print_reasons(runs);
}

/// Leaves one kind where the options are about columns, which differ.
void choose_table(const ResultsCommand& options, StoredResults& results) {
  const bool about_columns = options.format != "table" || !options.where.empty() || !options.sort.empty() ||
                             !options.columns.empty() || options.over_seeds;
  if (options.table == "runs") results.sparsifications.clear();
  if (options.table == "sparsifications") results.runs.clear();
  if (results.runs.empty() && results.sparsifications.empty())
    throw UserError(fmt::format("there are no {} here: leave --table out", options.table));
  if (about_columns && !results.runs.empty() && !results.sparsifications.empty())
    throw UserError(
        "there are runs and sparsifications, and their columns differ: give --table runs or --table "
        "sparsifications");
}

void pack(const ResultsCommand& options) {
  check_outputs({{"--pack", options.pack}});
  const std::size_t results = pack_results(options.folders, options.pack);
  fmt::print("{} results, {} bytes, packed into {}\n", results, std::filesystem::file_size(options.pack),
             options.pack);
}

void show_results(const ResultsCommand& options) {
  if (options.rebuild) return rebuild(options);
  if (!options.pack.empty()) return pack(options);
  if (options.format == "table" && !options.out.empty())
    throw UserError("--out writes a file of --format csv or json: choose one of them");
  if (options.format != "table" && !options.columns.empty())
    throw UserError("--columns chooses those of a table: csv and json have all of them");
  check_outputs({{"--out", options.out}});
  StoredResults results = load_results(options.folders);
  choose_table(options, results);
  if (options.over_seeds) {
    if (results.runs.empty()) throw UserError("--over_seeds is about runs, and there are none here");
    return show_points(options, results.runs);
  }
  if (!results.runs.empty()) show(options, results.runs);
  if (!results.runs.empty() && !results.sparsifications.empty()) fmt::print("\n");
  if (!results.sparsifications.empty()) show(options, results.sparsifications);
}

void import(const std::string& logs, const std::string& out) {
  need_tensors();
  std::size_t count = 0;
  for (const ImportedLog& log : import_logs(logs, out, formula_bytes)) {
    if (log.problem.empty())
      ++count;
    else
      fmt::print("skipped {}: {}\n", log.log.string(), log.problem);
  }
  if (count == 0) throw UserError(fmt::format("no finished run of the original program below {}", logs));
  rebuild_database(std::filesystem::path(out) / kDatabaseName, {result_table(load_runs(out))});
  fmt::print("{} runs imported into {}\n", count, out);
}

void add_import_command(CLI::App& results) {
  CLI::App* command = results.add_subcommand(
      "import", "Read checkpoint.log files of the original program, so that old runs appear beside new ones");
  const auto logs = std::make_shared<std::string>(), out = std::make_shared<std::string>();
  command->add_option("LOGS", *logs, "Folder that holds the logs")->required();
  command->add_option("--out", *out, "Folder for the runs")->required();
  command->callback([logs, out] { import(*logs, *out); });
}

}  // namespace

void add_results_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("results", "List, filter and export the runs below a folder");
  const auto options = std::make_shared<ResultsCommand>();
  command->add_option("DIR", options->folders, "Folders that hold runs, or archives of --pack")
      ->capture_default_str();
  command->add_option(
      "--where", options->where,
      "Only runs for which this SQL expression holds: \"dataset = 'CIFAR10' and slots >= 100\"");
  command
      ->add_option("--table", options->table,
                   "Of runs and sparsifications only the one; default: those there are")
      ->check(CLI::IsMember({"runs", "sparsifications"}));
  command->add_option("--sort", options->sort, "Order: \"exact_bytes, best_acc desc\"");
  command
      ->add_option("--columns", options->columns,
                   "Columns of the table instead, options too: codec,sampler,slots,entry_bytes,final_acc")
      ->delimiter(',');
  command->add_option("--format", options->format, "table, csv or json; csv and json have all columns")
      ->check(CLI::IsMember({"table", "csv", "json"}))
      ->capture_default_str();
  command->add_option("--out", options->out, "Write csv or json to this file");
  command->add_flag("--over_seeds", options->over_seeds,
                    "A row for all seeds of a point: means, and standard deviations of accuracies (NAME_sd)");
  command->add_flag("--why", options->why, "Say for every run why measured and published bytes differ");
  command->add_flag("--rebuild", options->rebuild,
                    "Rebuild DIR/results.db, an SQLite database, from the runs");
  command->add_option(
      "--pack", options->pack,
      "Write all results below DIR into this .tar.xz, without paths of this machine; results, "
      "report and plot read it in place of a folder, and below one when it is called runs.tar.xz");
  add_import_command(*command);
  command->callback([command, options] {
    if (command->get_subcommands().empty()) show_results(*options);
  });
}

}  // namespace packrat
