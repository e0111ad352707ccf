#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <ostream>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/report/gnuplot.h"
#include "engine/report/html.h"
#include "engine/report/report.h"
#include "tools/commands.h"
#include "tools/number_option.h"

namespace packrat {
namespace {

struct ReportOptions {
  std::vector<std::string> folders;
  std::string out = "report.html";
  std::string printed;  ///< the flag of printed_tables() that was given
  std::string format = "table";
};

struct PlotOptions {
  std::string figure, out;
  std::vector<std::string> folders, choices;
  double width_cm = 0;
  bool list = false;
};

/// The runs of all folders; of none given, those in `runs`, if there is such a folder: published figures need
/// no runs. Progress tells how many.
ReportInput read_runs(std::vector<std::string> folders) {
  if (folders.empty() && std::filesystem::is_directory("runs")) folders = {"runs"};
  if (folders.empty()) return {};
  const ProgressFn progress = console_progress();
  ReportInput input;
  for (std::size_t at = 0; at < folders.size(); ++at) {
    for (StoredRun& run : load_runs(folders[at])) input.runs.push_back(std::move(run));
    input.folders.emplace_back(folders[at]);
    progress("read folders", static_cast<std::int64_t>(at + 1), static_cast<std::int64_t>(folders.size()));
  }
  return input;
}

void write_text(const std::string& path, const std::string& text) {
  write_file_atomically(path, [&](std::ostream& file) { file << text; });
}

void print_table(const PrintedTable& printed, const ReportInput& input, const std::string& format) {
  const Table table = printed.build(input);
  if (format == "csv")
    fmt::print("{}", csv_text(table));
  else
    fmt::print("{}\n{}\n", markdown_text(table), printed.note);
}

void make_report(const ReportOptions& options) {
  if (options.printed.empty()) check_outputs({{"--out", options.out}});
  const ReportInput input = read_runs(options.folders);
  for (const PrintedTable& table : printed_tables())
    if (table.flag == options.printed) return print_table(table, input, options.format);
  const Report report = build_report(input);
  write_text(options.out, html_text(report));
  fmt::print("{} and {} figures in {}\n", fmt::join(report.counts, ", "), figures_of(report).size(),
             options.out);
}

void list_figures(const Report& report) {
  for (const Figure& figure : figures_of(report)) {
    fmt::print("{:<22} {}{}\n", figure.name, figure.title, is_empty(figure) ? "  (no data yet)" : "");
    for (const Switch& s : figure.switches)
      fmt::print("{:<22}   {}={}\n", "", s.name, fmt::join(s.choices, "|"));
  }
}

/// With --list all words are folders: no figure is asked for.
void make_plot(PlotOptions options) {
  if (options.list) {
    if (!options.figure.empty()) options.folders.insert(options.folders.begin(), options.figure);
    return list_figures(build_report(read_runs(options.folders)));
  }
  if (options.figure.empty()) throw UserError("which figure? `packrat plot --list` names them");
  if (options.out.empty()) throw UserError("where to? Give --out FILE with the ending .pdf, .svg or .png");
  check_outputs({{"--out", options.out}});
  const Figure figure = find_figure(build_report(read_runs(options.folders)), options.figure);
  write_paper_figure(figure, parse_choices(figure, options.choices), options.out, {options.width_cm});
  fmt::print("{} in {}\n", figure.name, options.out);
}

}  // namespace

void add_report_command(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("report", "One page with figures and tables of all runs, to open in a browser");
  const auto options = std::make_shared<ReportOptions>();
  command->add_option(
      "DIR", options->folders,
      "Folders that hold runs, or archives of `packrat results --pack`; default: runs, if there is one");
  command->add_option("--out", options->out, "The page: one file, needs no network")->capture_default_str();
  std::vector<CLI::Option*> flags;
  std::vector<std::string> names;
  for (const PrintedTable& table : printed_tables()) {
    CLI::Option* flag = command->add_flag_callback(
        table.flag, [options, name = table.flag] { options->printed = name; }, table.help);
    for (CLI::Option* other : flags) flag->excludes(other);
    flags.push_back(flag);
    names.push_back(table.flag);
  }
  command
      ->add_option("--format", options->format, fmt::format("Of {}: table or csv", fmt::join(names, " and ")))
      ->check(CLI::IsMember({"table", "csv"}))
      ->capture_default_str();
  command->callback([options] { make_report(*options); });
}

void add_plot_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "plot", "One of the report's figures for a paper: PDF, SVG or PNG, drawn by gnuplot");
  const auto options = std::make_shared<PlotOptions>();
  command->add_option("FIGURE", options->figure, "Its name: see --list");
  command->add_option(
      "DIR", options->folders,
      "Folders that hold runs, or archives of `packrat results --pack`; default: runs, if there is one");
  command->add_option("--out", options->out, "The picture; its ending decides: .pdf, .svg, .png");
  command->add_option("--choose", options->choices, "Turn a switch of the figure: bytes=exact, accuracy=best")
      ->allow_extra_args(false);
  add_number(*command, "--width", options->width_cm,
             "Centimetres; default: one column (8.5), wide figures two (17.8)", {4, 60})
      ->default_str("");
  command->add_flag("--list", options->list, "Name the figures and their switches");
  command->callback([options] { make_plot(*options); });
}

}  // namespace packrat
