#include "engine/studies/report/study_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/studies/regression/published_regressions.h"

namespace packrat {
namespace {

/// Networks that are drawn alike.
struct Family {
  std::string_view prefix;  ///< of the models' names
  const char *name, *key;
  int variant;
};
constexpr std::array kFamilies{
    Family{"alexnet", "AlexNet", "AlexNet", 0},
    Family{"vgg", "VGG", "VGG", 0},
    Family{"resnet", "ResNet", "ResNet", 0},
    Family{"resnext", "ResNeXt", "ResNet", 1},
    Family{"wide_resnet", "Wide ResNet", "ResNet", 2},
    Family{"densenet", "DenseNet", "DenseNet", 0},
    Family{"googlenet", "GoogLeNet", "Inception", 0},
    Family{"inception", "Inception v3", "Inception", 1},
    Family{"squeezenet", "SqueezeNet", "SqueezeNet", 0},
    Family{"mobilenet", "MobileNet v2", "small networks", 0},
    Family{"mnasnet", "MNASNet", "small networks", 1},
    Family{"shufflenet", "ShuffleNet v2", "small networks", 2},
};

/// A regression's line and how it looks.
struct FitLook {
  const char *regression, *name, *key;
  int variant;
};

bool is_among(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Both figures of every model that `takes(model)`, as points.
template <typename Takes>
std::vector<DataPoint> model_points(const PublishedStudy& study, const std::string& y_column,
                                    const std::string& unit, const Takes& takes) {
  const CsvTable& models = study.models;
  const std::size_t x = models.column("gflops"), y = models.column(y_column);
  std::vector<DataPoint> points;
  for (std::size_t row = 0; row < models.rows.size(); ++row) {
    const std::string& name = models.rows[row][0];
    const auto value = models.number(row, y);
    if (!value || !takes(name)) continue;
    const double gflops = models.required_number(row, x);
    points.push_back(
        {gflops, *value, {}, {}, fmt::format("{}\n{:.4g} GFLOPs\n{:.5g} {}", name, gflops, *value, unit)});
  }
  return points;
}

/// From the least x of the fitted models to the greatest.
Series fit_series(const ReproducedRegression& fitted, const FitLook& look) {
  const LinearFit& fit = fitted.fit;
  const auto [low, high] =
      std::minmax_element(fitted.selected.points.x.begin(), fitted.selected.points.x.end());
  const std::string hover =
      fmt::format("{}\n{:.6g} {} {:.6g} per GFLOP\nR² {:.3f}, p {:.2g}, n {}", look.name, fit.intercept,
                  fit.slope < 0 ? "-" : "+", std::abs(fit.slope), fit.r_squared, fit.p, fit.n);
  Series series{look.name, look.key, look.variant, Mark::kLine};
  series.states = {{{*low, fit.predict(*low), {}, {}, hover}, {*high, fit.predict(*high), {}, {}, hover}}};
  return series;
}

/// Models by family, and the lines of some regressions; models that the first one leaves out stand apart.
Panel study_panel(const PublishedStudy& study, const char* title, const char* y_column, const Axis& y,
                  const char* unit, const std::vector<FitLook>& fits) {
  Panel panel{title, {"GFLOPs an image (2 x MACs)"}, y};
  std::vector<std::string> fitted;
  for (const FitLook& look : fits) {
    const ReproducedRegression ours = reproduce(published_regression(look.regression), study);
    if (fitted.empty()) fitted = ours.selected.names;
    panel.series.push_back(fit_series(ours, look));
  }
  const auto add = [&](Series series, std::vector<DataPoint> points) {
    series.states = {std::move(points)};
    if (!series.states[0].empty()) panel.series.push_back(std::move(series));
  };
  for (const Family& family : kFamilies)
    add({family.name, family.key, family.variant, Mark::kPoints},
        model_points(study, y_column, unit, [&](const std::string& model) {
          return model.rfind(family.prefix, 0) == 0 && is_among(fitted, model);
        }));
  add({"not published, not fitted", "reference", 6, Mark::kPoints},
      model_points(study, y_column, unit,
                   [&](const std::string& model) { return !is_among(fitted, model); }));
  return panel;
}

TableCell number_cell(const CsvTable& table, std::size_t row, const char* column, double scale = 1) {
  const auto value = table.number(row, table.column(column));
  return value ? TableCell(*value * scale) : TableCell();
}

TableCell text_cell(const char* text) {
  return *text != '\0' ? TableCell(std::string(text)) : TableCell();
}

}  // namespace

Figure error_operations_figure(const PublishedStudy& study) {
  Figure figure{"error-operations", "Error against operations"};
  figure.caption =
      "ImageNet errors of 29 torchvision models. GFLOPs are twice the multiply-adds that THOP counted. "
      "Lines: least "
      "squares; hover shows their coefficients.";
  figure.columns = 2;
  figure.panels = {
      study_panel(study, "top-1", "top1_err", {"top-1 error, %"}, "%",
                  {{"top1", "all models", "reference", 0}}),
      study_panel(study, "top-5", "top5_err", {"top-5 error, %"}, "%",
                  {{"top5", "all models", "reference", 0}, {"top5-vgg", "VGG alone", "VGG", 1}})};
  return figure;
}

Figure energy_operations_figure(const PublishedStudy& study) {
  Figure figure{"energy-operations", "Energy against operations"};
  figure.caption =
      "Energy of the whole machine at the plug, idle power included. 10 000 inferences at batch 1 with "
      "reading and "
      "decoding the picture each time; fine-tuning is 50 epochs at batch 16. Crosses: three energies that "
      "were never "
      "published and follow from a misaligned column; no line uses them.";
  figure.columns = 2;
  figure.panels = {study_panel(study, "10 000 inferences", "infer10k_kWh", {"kWh"}, "kWh",
                               {{"inference", "all models", "reference", 0},
                                {"inference-no-densenet", "without DenseNet", "none", 2},
                                {"inference-vgg", "VGG alone", "VGG", 1}}),
                   study_panel(study, "fine-tuning", "finetune50ep_kWh", {"kWh"}, "kWh",
                               {{"finetune", "all models", "reference", 0},
                                {"finetune-no-densenet", "without DenseNet", "none", 2},
                                {"finetune-vgg", "VGG alone", "VGG", 1}})};
  return figure;
}

Table models_table(const PublishedStudy& study) {
  Table table{"models", "Models of the study"};
  table.columns = {
      {"model"},
      {"GFLOPs", 3, "twice the multiply-adds, THOP of May 2020"},
      {"million parameters", 2},
      {"top-1 error %", 2},
      {"top-5 error %", 2},
      {"J an inference", 3, "energy of 10 000 inferences / 10 000, fixed costs and idle power included"},
      {"kWh, 10 000 inferences", 5},
      {"mean W", 1},
      {"kWh, fine-tuning", 5},
      {"note"}};
  const CsvTable& models = study.models;
  const std::size_t note = models.column("note");
  for (std::size_t row = 0; row < models.rows.size(); ++row)
    table.rows.push_back(
        {models.rows[row][0], number_cell(models, row, "gflops"), number_cell(models, row, "params_millions"),
         number_cell(models, row, "top1_err"), number_cell(models, row, "top5_err"),
         number_cell(models, row, "infer10k_kWh", 3.6e6 / 1e4), number_cell(models, row, "infer10k_kWh"),
         number_cell(models, row, "mean_W"), number_cell(models, row, "finetune50ep_kWh"),
         text_cell(models.rows[row][note].c_str())});
  return table;
}

Table fits_table(const PublishedStudy& study) {
  Table table{"fits", "Published regressions, computed again"};
  table.columns = {{"fit"},
                   {"of"},
                   {"n"},
                   {"slope", 8, "y's unit a GFLOP; a million parameters for the last one"},
                   {"intercept", 6},
                   {"r", 5},
                   {"R²", 5},
                   {"p", 7, "two-sided, of a slope of 0"},
                   {"standard error", 8, "of the slope"},
                   {"RMSE", 6, "prediction against truth, in y's unit"},
                   {"MAE", 6},
                   {"RMSE printed", 0, "GFLOPs against kWh: it says nothing of the fit"},
                   {"MAE printed"},
                   {"figures that agree", 0, "of those that were printed, to 1e-9 or their last digit"}};
  for (const ReproducedRegression& ours : reproduce_all(study)) {
    const LinearFit& fit = ours.fit;
    const PublishedFigures& printed = ours.regression->figures;
    const auto agree =
        std::count_if(ours.checks.begin(), ours.checks.end(), [](const auto& c) { return c.agrees; });
    table.rows.push_back({std::string(ours.regression->name), std::string(ours.regression->title),
                          static_cast<std::int64_t>(fit.n), fit.slope, fit.intercept, fit.r, fit.r_squared,
                          fit.p, fit.standard_error, fit.residual.rmse, fit.residual.mae,
                          text_cell(printed.rmse), text_cell(printed.mae),
                          fmt::format("{} of {}", agree, ours.checks.size())});
  }
  return table;
}

}  // namespace packrat
