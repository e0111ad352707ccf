#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
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
#include "tools/commands.h"
#include "tools/result_kind.h"
#include "tools/tensors.h"

namespace packrat {
namespace {

constexpr const char* kRuns = "runs";  // of result_kinds()

struct ResultsCommand {
  std::vector<std::string> folders{"runs"};
  std::string where, sort, table, format = "table", out, pack;
  std::vector<std::string> columns;
  bool why = false, rebuild = false, over_seeds = false;
};

/// Those of one kind.
struct FoundResults {
  const ResultKind* kind;
  LoadedResults loaded;

  bool is_empty() const { return loaded.table.rows.empty(); }
};

/// What is below the folders, of all kinds. UserError when there is nothing below one.
std::vector<FoundResults> load_results(const std::vector<std::string>& folders) {
  std::vector<std::string> files, commands;
  for (const ResultKind& kind : result_kinds()) {
    files.push_back(fmt::format("no {}", kind.file));
    commands.push_back(fmt::format("`packrat {}`", kind.command));
  }
  for (const std::string& folder : folders)
    if (std::all_of(result_kinds().begin(), result_kinds().end(),
                    [&](const ResultKind& kind) { return result_files(folder, kind.file).empty(); }))
      throw UserError(fmt::format("{} below {}: {} write {}", fmt::join(files, " and "), folder,
                                  fmt::join(commands, " and "), files.size() == 1 ? "it" : "them"));
  std::vector<FoundResults> found;
  for (const ResultKind& kind : result_kinds()) found.push_back({&kind, kind.load(folders, {})});
  return found;
}

void print_reasons(const ResultTable& runs, const std::vector<std::size_t>& rows) {
  const auto text = [&](std::size_t row, const char* column) {
    const auto* found = std::get_if<std::string>(&runs.rows[row][runs.column(column)]);
    return found == nullptr ? std::string() : *found;
  };
  fmt::print("\nWhy measured and published bytes differ\n");
  for (const std::size_t row : rows) {
    const std::string codec = text(row, "codec"), why = text(row, "why");
    fmt::print("- {}: {}\n", codec.empty() ? text(row, "setting") : codec,
               why.empty() ? "nothing was measured: imported" : why);
  }
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
    const std::vector<ResultTable> tables = result_tables(folder);
    const std::filesystem::path file = std::filesystem::path(folder) / kDatabaseName;
    rebuild_database(file, tables);
    std::vector<std::string> counts;
    for (const ResultTable& table : tables)
      counts.push_back(fmt::format("{} {}", table.rows.size(), table.name));
    fmt::print("{} written to {}\n", fmt::join(counts, " and "), file.string());
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

/// The rows that were asked for, in the order that was asked for.
std::vector<std::size_t> chosen_rows(const LoadedResults& results, const std::string& where,
                                     const std::string& order) {
  const bool all = where.empty() && order.empty();
  return all ? results.all_rows() : select_rows(results.table, where, order);
}

ResultTable with_rows(ResultTable table, const std::vector<std::size_t>& chosen) {
  std::vector<std::vector<ResultCell>> rows;
  for (const std::size_t row : chosen) rows.push_back(table.rows[row]);
  table.rows = std::move(rows);
  return table;
}

void show_points(const ResultsCommand& options, const LoadedResults& runs) {
  const std::vector<std::string> usual{"dataset",  "encoding_block", "slots",         "method",
                                       "codec",    "seeds",          "final_acc",     "final_acc_sd",
                                       "best_acc", "best_acc_sd",    "measured_bytes"};
  const LoadedResults means{mean_over_seeds(with_rows(runs.table, chosen_rows(runs, options.where, ""))), {}};
  const ResultTable points = with_rows(means.table, chosen_rows(means, "", options.sort));
  if (options.format != "table") return write_export(options, points);
  print_columns(points, options.columns.empty() ? usual : options.columns);
}

void show(const ResultsCommand& options, const FoundResults& results) {
  const ResultTable& all = results.loaded.table;
  const std::vector<std::size_t> rows = chosen_rows(results.loaded, options.where, options.sort);
  if (options.format != "table") return write_export(options, with_rows(all, rows));
  if (options.columns.empty())
    results.loaded.print(rows);
  else
    print_columns(with_rows(all, rows), options.columns);
  if (options.why && all.name == kRuns) print_reasons(all, rows);
}

/// Leaves those there are, and one kind where the options are about columns, which differ.
void choose_tables(const ResultsCommand& options, std::vector<FoundResults>& results) {
  const auto unwanted = [&](const FoundResults& found) {
    return found.is_empty() || (!options.table.empty() && options.table != found.kind->name);
  };
  results.erase(std::remove_if(results.begin(), results.end(), unwanted), results.end());
  if (results.empty())
    throw UserError(options.table.empty()
                        ? "the runs here have diverged: there is nothing to show"
                        : fmt::format("there are no {} here: leave --table out", options.table));
  const bool about_columns = options.format != "table" || !options.where.empty() || !options.sort.empty() ||
                             !options.columns.empty() || options.over_seeds;
  if (about_columns && results.size() > 1)
    throw UserError(fmt::format(
        "there are {} and {}, and their columns differ: give --table {} or --table {}", results[0].kind->name,
        results[1].kind->name, results[0].kind->name, results[1].kind->name));
}

void pack(const ResultsCommand& options) {
  check_outputs({{"--pack", options.pack}});
  std::vector<PackedKind> kinds;
  for (const ResultKind& kind : result_kinds()) kinds.push_back(kind.packed);
  const std::size_t results = pack_results(options.folders, kinds, options.pack);
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
  std::vector<FoundResults> results = load_results(options.folders);
  choose_tables(options, results);
  if (options.over_seeds) {
    if (results.front().loaded.table.name != kRuns)
      throw UserError("--over_seeds is about runs, and there are none here");
    return show_points(options, results.front().loaded);
  }
  for (const FoundResults& found : results) {
    if (&found != &results.front()) fmt::print("\n");
    show(options, found);
  }
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
  std::vector<std::string> tables;
  for (const ResultKind& kind : result_kinds()) tables.emplace_back(kind.name);
  command
      ->add_option("--table", options->table,
                   fmt::format("Of {} only the one; default: those there are", fmt::join(tables, " and ")))
      ->check(CLI::IsMember(tables));
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
  const std::vector<CLI::Option*> of_tables = command->get_options(
      [](const CLI::Option* option) { return !option->get_positional() && option->get_name() != "--help"; });
  CLI::Option* const rebuild = command->add_flag("--rebuild", options->rebuild,
                                                 "Rebuild DIR/results.db, an SQLite database, from the runs");
  CLI::Option* const pack = command->add_option(
      "--pack", options->pack,
      "Write all results below DIR into this .tar.xz, without paths of this machine; results, "
      "report and plot read it in place of a folder, and below one when it is called runs.tar.xz");
  rebuild->excludes(pack);
  for (CLI::Option* const option : of_tables) rebuild->excludes(option), pack->excludes(option);
  add_import_command(*command);
  command->callback([command, options] {
    if (command->get_subcommands().empty()) show_results(*options);
  });
}

}  // namespace packrat
