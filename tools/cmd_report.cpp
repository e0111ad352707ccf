#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <ostream>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/report/area_summary.h"
#include "engine/report/gnuplot.h"
#include "engine/report/html.h"
#include "engine/report/report.h"
#include "engine/report/sparsify_tables.h"
#include "tools/commands.h"
#include "tools/number_option.h"

namespace packrat {
namespace {

struct ReportOptions {
  std::vector<std::string> folders;
  std::string out = "report.html";
  bool summary = false, published = false;
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
    for (StoredSparsification& run : load_sparsifications(folders[at]))
      input.sparsifications.push_back(std::move(run));
    progress("read folders", static_cast<std::int64_t>(at + 1), static_cast<std::int64_t>(folders.size()));
  }
  input.folder = folders.front();
  return input;
}

void write_text(const std::string& path, const std::string& text) {
  write_file_atomically(path, [&](std::ostream& file) { file << text; });
}

void print_table(const Table& table, const std::string& format, const std::string& note) {
  if (format == "csv")
    fmt::print("{}", csv_text(table));
  else
    fmt::print("{}\n{}\n", markdown_text(table), note);
}

void print_summary(const ReportInput& input, const std::string& format) {
  const Table table = area_table(group_runs(input.runs));
  if (table.rows.empty())
    throw UserError("there is no range of bytes to compare codec families over. " + table.needs);
  print_table(table, format, area_method());
}

void print_published(const ReportInput& input, const std::string& format) {
  const Table table = published_comparison_table(group_sparsifications(input.sparsifications),
                                                 load_published_sparsification());
  if (table.rows.empty())
    throw UserError(
        fmt::format("no sparsification here has the data set, network, method and C of a published one: {} "
                    "makes some",
                    table.needs));
  print_table(table, format, "Medians over seeds; the published ones are in data/vdard.");
}

void make_report(const ReportOptions& options) {
  if (!options.summary && !options.published) check_outputs({{"--out", options.out}});
  const ReportInput input = read_runs(options.folders);
  if (options.summary) return print_summary(input, options.format);
  if (options.published) return print_published(input, options.format);
  const Report report = build_report(input);
  write_text(options.out, html_text(report));
  fmt::print("{} runs, {} sparsifications and {} figures in {}\n", input.runs.size(),
             input.sparsifications.size(), figures_of(report).size(), options.out);
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
  CLI::Option* summary = command->add_flag(
      "--summary", options->summary,
      "Print accuracy per byte by codec family instead: area under accuracy against log bytes");
  command
      ->add_flag("--published", options->published,
                 "Print sparsifications beside the published ones of the same C instead")
      ->excludes(summary);
  command->add_option("--format", options->format, "Of --summary and --published: table or csv")
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
