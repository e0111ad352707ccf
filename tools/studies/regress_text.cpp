#include "tools/studies/regress_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/report/table.h"

namespace packrat {
namespace {

using nlohmann::json;
using RegressRow = std::vector<std::string>;

/// Shortest text that reads back to the same number.
std::string exact(double value) {
  return fmt::format("{}", value);
}
std::string brief(double value) {
  return fmt::format("{:.6g}", value);
}

std::string csv_line(const RegressRow& cells) {
  RegressRow quoted;
  for (const std::string& cell : cells) quoted.push_back(csv_cell(cell));
  return fmt::format("{}\n", fmt::join(quoted, ","));
}

json errors_to_json(const Errors& errors) {
  return {{"rmse", errors.rmse}, {"mae", errors.mae}};
}

json fit_to_json(const LinearFit& fit, const Points& points) {
  return {{"n", fit.n},
          {"slope", fit.slope},
          {"intercept", fit.intercept},
          {"r", fit.r},
          {"r_squared", fit.r_squared},
          {"p", fit.p},
          {"standard_error", fit.standard_error},
          {"residual", errors_to_json(fit.residual)},
          {"published_formula", errors_to_json(published_errors(points))}};
}

json points_to_json(const SelectedPoints& selected) {
  json list = json::array();
  for (std::size_t i = 0; i < selected.names.size(); ++i)
    list.push_back({{"name", selected.names[i]}, {"x", selected.points.x[i]}, {"y", selected.points.y[i]}});
  return list;
}

json selection_to_json(const Selection& selection) {
  return {
      {"x", selection.x}, {"y", selection.y}, {"family", selection.family}, {"exclude", selection.exclude}};
}

const RegressRow kFitColumns{"fit",
                             "n",
                             "slope",
                             "intercept",
                             "r",
                             "r_squared",
                             "p",
                             "standard_error",
                             "rmse",
                             "mae",
                             "published_formula_rmse",
                             "published_formula_mae"};

template <typename Text>
RegressRow fit_cells(const std::string& name, const LinearFit& fit, const Points& points, Text text) {
  const Errors published = published_errors(points);
  return {name,
          fmt::format("{}", fit.n),
          text(fit.slope),
          text(fit.intercept),
          text(fit.r),
          text(fit.r_squared),
          text(fit.p),
          text(fit.standard_error),
          text(fit.residual.rmse),
          text(fit.residual.mae),
          text(published.rmse),
          text(published.mae)};
}

std::string agreement(const ReproducedRegression& ours) {
  const auto agree = std::count_if(ours.checks.begin(), ours.checks.end(),
                                   [](const FigureCheck& check) { return check.agrees; });
  return fmt::format("{} of {}", agree, ours.checks.size());
}

std::string regressions_table(const std::vector<ReproducedRegression>& regressions) {
  std::vector<RegressRow> rows{{"fit", "y", "n", "slope", "intercept", "r", "R2", "p", "std err", "RMSE",
                                "MAE", "figures reproduced"}};
  for (const ReproducedRegression& ours : regressions) {
    RegressRow row = fit_cells(ours.regression->name, ours.fit, ours.selected.points, brief);
    row.resize(10);  // the published formula's errors stand among the slips
    row.insert(row.begin() + 1, ours.regression->title);
    row.push_back(agreement(ours));
    rows.push_back(std::move(row));
  }
  return markdown_table(rows, 2);
}

std::string predictions_table(const std::vector<HeldOutPrediction>& predictions) {
  std::vector<RegressRow> rows{{"model", "printed kWh", "computed kWh", "agrees"}};
  for (const HeldOutPrediction& p : predictions)
    rows.push_back({p.model, p.printed_kwh, fmt::format("{:.10f}", p.computed_kwh), p.agrees ? "yes" : "no"});
  return markdown_table(rows, 1);
}

json regression_to_json(const ReproducedRegression& ours) {
  json checks = json::array();
  for (const FigureCheck& check : ours.checks)
    checks.push_back({{"figure", check.figure},
                      {"published", check.published},
                      {"computed", check.computed},
                      {"agrees", check.agrees}});
  json result = fit_to_json(ours.fit, ours.selected.points);
  result["name"] = ours.regression->name;
  result["title"] = ours.regression->title;
  result["in_study"] = ours.regression->in_study;
  result["selection"] = selection_to_json(ours.regression->selection);
  result["points"] = points_to_json(ours.selected);
  result["checks"] = checks;
  return result;
}

json slip_to_json(const Slip& slip) {
  return {
      {"name", slip.name}, {"explanation", slip.explanation}, {"heading", slip.heading}, {"rows", slip.rows}};
}

}  // namespace

std::string fit_text(const OwnFit& own) {
  const LinearFit& fit = own.fit;
  const Errors published = published_errors(own.selected.points);
  const std::string& y = own.selection.y;
  std::string text =
      fmt::format("{} = {} + {} x {}\n\n", y, brief(fit.intercept), brief(fit.slope), own.selection.x);
  text += markdown_table({{"figure", "value"},
                          {"n", fmt::format("{}", fit.n)},
                          {"slope", exact(fit.slope)},
                          {"intercept", exact(fit.intercept)},
                          {"r", exact(fit.r)},
                          {"R2", exact(fit.r_squared)},
                          {"p (slope = 0, two-sided t)", brief(fit.p)},
                          {"standard error of the slope", brief(fit.standard_error)},
                          {"RMSE of the residuals", brief(fit.residual.rmse)},
                          {"MAE of the residuals", brief(fit.residual.mae)},
                          {"RMSE by the published, wrong formula (x against y)", brief(published.rmse)},
                          {"MAE by the published, wrong formula (x against y)", brief(published.mae)}},
                         1);
  for (const double x : own.predict_at)
    text += fmt::format("\n{} at {} = {}: {}", y, own.selection.x, exact(x), exact(fit.predict(x)));
  if (!own.predict_at.empty()) text += "\n";
  if (own.selected.filtered > 0)
    text += fmt::format("\n{} rows left out by --family and --exclude", own.selected.filtered);
  if (!own.selected.blanks.empty())
    text += fmt::format("\n{} rows without {} or {}: {}", own.selected.blanks.size(), own.selection.x, y,
                        fmt::join(own.selected.blanks, ", "));
  return text + "\n";
}

std::string fit_json(const OwnFit& own) {
  json result = fit_to_json(own.fit, own.selected.points);
  result["file"] = own.file;
  result["selection"] = selection_to_json(own.selection);
  result["points"] = points_to_json(own.selected);
  result["rows_filtered"] = own.selected.filtered;
  result["rows_without_values"] = own.selected.blanks;
  result["predictions"] = json::array();
  for (const double x : own.predict_at)
    result["predictions"].push_back({{"x", x}, {"y", own.fit.predict(x)}});
  return result.dump(2) + '\n';
}

std::string fit_csv(const OwnFit& own) {
  const std::string name = own.selection.y + " against " + own.selection.x;
  return csv_line(kFitColumns) + csv_line(fit_cells(name, own.fit, own.selected.points, exact));
}

std::string published_text(const PublishedReport& report) {
  std::string text = "Regressions, y = intercept + slope x GFLOPs (of params in the one named so)\n\n";
  text += regressions_table(report.regressions);
  text += "\nPredictions of the fit finetune-no-densenet for models it did not see, or did\n\n";
  text += predictions_table(report.predictions) + "\nSlips of the published study\n";
  for (const Slip& slip : report.slips) text += "\n" + slip_text(slip);
  return text;
}

std::string published_json(const PublishedReport& report) {
  json result{{"regressions", json::array()}, {"predictions", json::array()}, {"slips", json::array()}};
  for (const ReproducedRegression& ours : report.regressions)
    result["regressions"].push_back(regression_to_json(ours));
  for (const HeldOutPrediction& p : report.predictions)
    result["predictions"].push_back({{"model", p.model},
                                     {"printed_kwh", p.printed_kwh},
                                     {"computed_kwh", p.computed_kwh},
                                     {"agrees", p.agrees}});
  for (const Slip& slip : report.slips) result["slips"].push_back(slip_to_json(slip));
  return result.dump(2) + '\n';
}

std::string published_csv(const PublishedReport& report) {
  std::string text = csv_line(kFitColumns);
  for (const ReproducedRegression& ours : report.regressions)
    text += csv_line(fit_cells(ours.regression->name, ours.fit, ours.selected.points, exact));
  return text;
}

std::string slip_text(const Slip& slip) {
  std::vector<RegressRow> rows{slip.heading};
  rows.insert(rows.end(), slip.rows.begin(), slip.rows.end());
  return fmt::format("{}: {}\n\n{}", slip.name, slip.explanation, markdown_table(rows, 1));
}

std::string slip_json(const Slip& slip) {
  return slip_to_json(slip).dump(2) + '\n';
}

std::string slip_csv(const Slip& slip) {
  std::string text = csv_line(slip.heading);
  for (const RegressRow& row : slip.rows) text += csv_line(row);
  return text;
}

}  // namespace packrat
