#include "engine/studies/regression/published_regressions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "engine/core/error.h"

namespace packrat {
namespace {

std::vector<PublishedRegression> make_table() {
  const std::string inference = "infer10k_kWh", training = "finetune50ep_kWh", vgg = "^vgg";
  const std::string no_recovered = kRecoveredModels;
  const std::string no_densenet = "^densenet", neither = no_recovered + "|" + no_densenet;
  return {
      {"top5",
       "top-5 error, %",
       {"gflops", "top5_err", "", ""},
       {29, "-0.13223517898807", "11.45711633437947", "-0.43211360774286", "0.186722", "0.01923705",
        "0.0531113"}},
      {"top5-vgg",
       "top-5 error, %, VGG",
       {"gflops", "top5_err", vgg, ""},
       {8, "-0.09405663894698", "12.21124492650007", "-0.83135414766407", "0.691150", "0.01052576",
        "0.0256686"}},
      {"inference",
       "kWh of 10 000 inferences",
       {"gflops", inference, "", no_recovered},
       {27, "1.2784470683774e-4", "0.01746605444245", "0.33389134269604", "0.111483", "0.08873728",
        "7.21839e-5", "20.70490", "15.87766"}},
      {"inference-no-densenet",
       "kWh of 10 000 inferences, without DenseNet",
       {"gflops", inference, "", neither},
       {23, "1.7849236975227e-4", "0.01517395157328", "0.59873746140807", "0.358487", "0.00254029",
        "5.21046e-5", "22.04718", "17.04438"}},
      {"inference-vgg",
       "kWh of 10 000 inferences, VGG",
       {"gflops", inference, vgg, ""},
       {8, "8.931508368656e-5", "0.01459576124534", "0.94213388512817", "0.887616", "0.00046363",
        "1.29744e-5"}},  // the errors printed with it are another fit's: published_slips.h
      {"finetune",
       "kWh of 50 epochs of fine-tuning",
       {"gflops", training, "", ""},
       {20, "3.3797151522775e-4", "0.00677271093497", "0.73882286003109", "0.545859", "0.00019853",
        "7.26606e-5"}},
      {"finetune-no-densenet",
       "kWh of 50 epochs of fine-tuning, without DenseNet",
       {"gflops", training, "", no_densenet},
       {16, "3.9072217296357e-4", "0.00452638239145", "0.89743080736203", "0.805382", "2.43249e-6",
        "5.13327e-5"}},
      {"finetune-vgg",
       "kWh of 50 epochs of fine-tuning, VGG",
       {"gflops", training, vgg, ""},
       {8, "3.2465657456370e-4", "0.00549502154259", "0.93548024865081", "0.875123", "0.00063938",
        "5.00674e-5"}},
      {"finetune-seconds",
       "seconds of fine-tuning, without DenseNet",
       {"gflops", "finetune_seconds", "", no_densenet},
       {16, "3.6733961382773", "59.0098714529379", "0.89545601542", "0.801841", "2.765e-6", "0.488052"}},
      {"params",
       "million parameters, the fine-tuned models without DenseNet",
       {"gflops", "params_millions", "^(alexnet|resnet|squeezenet|vgg)", ""},
       {16, "3.68652298282931", "18.5972916955744", "0.82681128965", "0.683617", "7.823e-5", "0.670275"}},
      {"finetune-params",
       "kWh of fine-tuning against million parameters, without DenseNet",
       {"params_millions", training, "", no_densenet},
       {16, "6.402316061663e-5", "0.00602589084828", "0.65566284570", "0.429894", "0.0058228", "1.97047e-5"}},
      {"top1",
       "top-1 error, %",
       {"gflops", "top1_err", "", ""},
       {29, "-0.196772", "30.517139", "-0.432857"},
       false},
      {"inference-seconds",
       "seconds of 10 000 inferences",
       {"gflops", "inference_seconds", "", no_recovered},
       {27, "", "", "0.139"},
       false},
  };
}

/// Half a unit of the last digit of a printed number: 0.005 for "1.25", 0.5e-7 for "1.2e-6".
double half_unit(std::string_view printed) {
  const std::size_t exponent_at = std::min(printed.find('e'), printed.size());
  const std::string_view digits = printed.substr(0, exponent_at);
  const auto point = std::find(digits.begin(), digits.end(), '.');
  const double decimals =
      point == digits.end() ? 0.0 : static_cast<double>(std::distance(point, digits.end()) - 1);
  const double exponent =
      exponent_at < printed.size() ? std::atof(std::string(printed.substr(exponent_at + 1)).c_str()) : 0;
  return 0.5 * std::pow(10.0, exponent - decimals);
}

/// Every figure that was printed, beside ours.
std::vector<FigureCheck> checks_of(const PublishedFigures& printed, const LinearFit& fit,
                                   const Errors& errors) {
  std::vector<FigureCheck> checks{
      {"n", fmt::format("{}", printed.n), static_cast<double>(fit.n), fit.n == printed.n}};
  const auto check = [&](const char* figure, const char* text, double computed) {
    if (*text != '\0') checks.push_back({figure, text, computed, agrees_with(computed, text)});
  };
  check("slope", printed.slope, fit.slope);
  check("intercept", printed.intercept, fit.intercept);
  check("r", printed.r, fit.r);
  check("r_squared", printed.r_squared, fit.r_squared);
  check("p", printed.p, fit.p);
  check("standard_error", printed.standard_error, fit.standard_error);
  check("rmse", printed.rmse, errors.rmse);
  check("mae", printed.mae, errors.mae);
  return checks;
}

}  // namespace

const std::vector<PublishedRegression>& published_regressions() {
  static const std::vector<PublishedRegression> table = make_table();
  return table;
}

const PublishedRegression& published_regression(std::string_view name) {
  for (const PublishedRegression& regression : published_regressions())
    if (regression.name == name) return regression;
  throw Error(fmt::format("no published regression is named '{}'", name));
}

bool agrees_with(double computed, std::string_view printed) {
  const auto value = parse_number(printed);
  if (!value) throw Error(fmt::format("'{}' is not a printed number", printed));
  const double difference = std::abs(computed - *value);
  return difference <= 1e-9 * std::abs(*value) || difference <= half_unit(printed) * (1 + 1e-9);
}

bool ReproducedRegression::agrees() const {
  return std::all_of(checks.begin(), checks.end(), [](const FigureCheck& check) { return check.agrees; });
}

ReproducedRegression reproduce(const PublishedRegression& regression, const PublishedStudy& study) {
  ReproducedRegression reproduced;
  reproduced.regression = &regression;
  reproduced.selected = select_points(study.models, regression.selection);
  reproduced.fit = fit_line(reproduced.selected.points);
  reproduced.published_errors = published_errors(reproduced.selected.points);
  reproduced.checks = checks_of(regression.figures, reproduced.fit, reproduced.published_errors);
  return reproduced;
}

std::vector<ReproducedRegression> reproduce_all(const PublishedStudy& study) {
  std::vector<ReproducedRegression> all;
  for (const PublishedRegression& regression : published_regressions())
    all.push_back(reproduce(regression, study));
  return all;
}

std::vector<HeldOutPrediction> held_out_predictions(const PublishedStudy& study) {
  std::vector<HeldOutPrediction> predictions{{"googlenet", ".00570236"},
                                             {"wide_resnet50_2", ".01345589"},
                                             {"vgg13", ".01337293"},
                                             {"vgg19", ".01987939"},
                                             {"mnasnet1_0", ".00478061"}};
  const LinearFit fit = reproduce(published_regression("finetune-no-densenet"), study).fit;
  const std::size_t gflops = study.models.column("gflops");
  for (HeldOutPrediction& prediction : predictions)
    for (std::size_t row = 0; row < study.models.rows.size(); ++row) {
      if (study.models.rows[row][0] != prediction.model) continue;
      prediction.computed_kwh = fit.predict(study.models.required_number(row, gflops));
      prediction.agrees = agrees_with(prediction.computed_kwh, prediction.printed_kwh);
    }
  return predictions;
}

}  // namespace packrat
