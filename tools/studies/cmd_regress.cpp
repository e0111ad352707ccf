#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <ostream>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "tools/commands.h"
#include "tools/number_option.h"
#include "tools/studies/regress_text.h"

namespace packrat {
namespace {

struct RegressCommand {
  std::string file, format = "table", slip, out;
  Selection selection;
  std::vector<double> predict_at;
  bool published = false;
};

/// The same answer as a table, JSON or CSV.
template <typename Answer>
std::string formatted(const std::string& format, const Answer& answer, std::string (*table)(const Answer&),
                      std::string (*json)(const Answer&), std::string (*csv)(const Answer&)) {
  return format == "json" ? json(answer) : format == "csv" ? csv(answer) : table(answer);
}

OwnFit own_fit(const RegressCommand& options) {
  if (options.selection.x.empty() || options.selection.y.empty())
    throw UserError("give the columns with --x and --y, or --published for the published study");
  const CsvTable table = options.file.empty() ? load_published_study().models : read_csv(options.file);
  OwnFit own{table.name, options.selection, select_points(table, options.selection), {}, options.predict_at};
  own.fit = fit_line(own.selected.points);
  return own;
}

const Slip& find_slip(const std::vector<Slip>& slips, const std::string& name) {
  std::vector<std::string> names;
  for (const Slip& slip : slips) {
    if (slip.name == name) return slip;
    names.push_back(slip.name);
  }
  throw UserError(fmt::format("no slip is named '{}': choose one of {}", name, fmt::join(names, ", ")));
}

std::string published(const RegressCommand& options) {
  const PublishedStudy study = load_published_study();
  if (!options.slip.empty())
    return formatted(options.format, find_slip(published_slips(study), options.slip), slip_text, slip_json,
                     slip_csv);
  const PublishedReport report{reproduce_all(study), held_out_predictions(study), published_slips(study)};
  return formatted(options.format, report, published_text, published_json, published_csv);
}

void run(const RegressCommand& options) {
  check_outputs({{"--out", options.out}}, {{"FILE", options.file}});
  const std::string text = options.published
                               ? published(options)
                               : formatted(options.format, own_fit(options), fit_text, fit_json, fit_csv);
  if (options.out.empty()) {
    fmt::print("{}", text);
    return;
  }
  write_file_atomically(options.out, [&](std::ostream& out) { out << text; });
  fmt::print("Written: {}\n", options.out);
}

}  // namespace

void add_regress_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "regress", "Fit a line to two columns of a table, or reproduce the published study of energy");
  const auto options = std::make_shared<RegressCommand>();
  auto* published = command->add_flag("--published", options->published,
                                      "Reproduce every regression of the published study and list its slips");
  command->add_option("--slip", options->slip, "Only this slip of the study, by name")->needs(published);
  command
      ->add_option("FILE", options->file,
                   "CSV file, its first column the rows' names; default: the published study's models")
      ->excludes(published);
  command->add_option("--x", options->selection.x, "Column of x")->excludes(published);
  command->add_option("--y", options->selection.y, "Column of y")->excludes(published);
  command
      ->add_option("--family", options->selection.family,
                   "Only rows whose name matches this regular expression, such as ^vgg")
      ->excludes(published);
  command->add_option("--exclude", options->selection.exclude, "Leave out rows whose name matches this one")
      ->excludes(published);
  add_numbers(*command, "--predict", options->predict_at, "Also say y at this x; may be given several times")
      ->delimiter('\0')
      ->allow_extra_args(false)
      ->default_str("")
      ->excludes(published);
  command->add_option("--format", options->format, "table, json or csv")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->capture_default_str();
  command->add_option("--out", options->out, "Write the answer to this file instead");
  command->callback([options] { run(*options); });
}

}  // namespace packrat
