#include "engine/studies/regression/published_slips.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/studies/regression/misaligned_co2.h"
#include "engine/studies/regression/published_regressions.h"

namespace packrat {
namespace {

using Row = std::vector<std::string>;

std::string text(double value) {
  return fmt::format("{:.7g}", value);
}

Slip errors_in_the_wrong_unit(const PublishedStudy& study) {
  Slip slip{"errors-in-the-wrong-unit",
            "RMSE and MAE compare GFLOPs with kWh instead of the prediction with the measurement. A dash: "
            "the study "
            "printed none.",
            {"fit", "n", "printed RMSE", "printed MAE", "GFLOPs vs kWh: RMSE", "MAE", "correct RMSE, kWh",
             "correct MAE, kWh"},
            {}};
  for (const char* name : {"inference", "inference-no-densenet", "finetune", "finetune-no-densenet"}) {
    const PublishedRegression& regression = published_regression(name);
    const ReproducedRegression ours = reproduce(regression, study);
    const auto printed = [](const char* figure) { return *figure != '\0' ? figure : "-"; };
    slip.rows.push_back({name, fmt::format("{}", ours.fit.n), printed(regression.figures.rmse),
                         printed(regression.figures.mae), text(ours.published_errors.rmse),
                         text(ours.published_errors.mae), text(ours.fit.residual.rmse),
                         text(ours.fit.residual.mae)});
  }
  return slip;
}

Slip stale_errors(const PublishedStudy& study) {
  const auto vgg = reproduce(published_regression("inference-vgg"), study),
             stale = reproduce(published_regression("inference-no-densenet"), study);
  return {"stale-errors",
          "The errors printed under the VGG fit are computed from the variables of the fit before it, "
          "without DenseNet.",
          {"errors", "RMSE", "MAE"},
          {{"printed under VGG", "22.04718", "17.04438"},
           {"GFLOPs vs kWh, without DenseNet", text(stale.published_errors.rmse),
            text(stale.published_errors.mae)},
           {"GFLOPs vs kWh, VGG", text(vgg.published_errors.rmse), text(vgg.published_errors.mae)},
           {"correct, kWh", text(vgg.fit.residual.rmse), text(vgg.fit.residual.mae)}}};
}

Slip misaligned_column(const PublishedStudy& study) {
  const std::vector<Co2Row> rows = misaligned_co2(study);
  const auto right = std::count_if(rows.begin(), rows.end(), [](const Co2Row& row) { return row.right; });
  Slip slip{"misaligned-co2",
            fmt::format(
                "The CO2e column is joined by row number to a table with three runs more: {} of {} rows show "
                "their own figure, the others an earlier run's.",
                right, rows.size()),
            {"model", "printed kg", "correct kg", "shows the figure of", "that is kg", "row"},
            {}};
  for (const Co2Row& row : rows)
    slip.rows.push_back({row.model, fmt::format("{:.4f}", row.printed_kg),
                         fmt::format("{:.6f}", row.correct_kg), row.source,
                         fmt::format("{:.6f}", row.rebuilt_kg), row.right ? "right" : "wrong"});
  for (const RecoveredEnergy& found : recovered_energies(study))
    slip.explanation +=
        fmt::format(" The row {} gives away {}: {:.9f} kWh.", found.shown_as, found.model, found.kwh);
  return slip;
}

Slip axis_label(const PublishedStudy& study) {
  constexpr double kPadding = 0.005, kJoulesPerKwh = 3.6e6;
  Slip slip{"axis-label",
            "The energy axis says Joules but shows kWh, and is 0.005 kWh longer than the data at either end.",
            {"plot", "from kWh", "to kWh", "from J", "to J", "padding, % of the data's range"},
            {}};
  for (const char* name : {"inference", "finetune"}) {
    const std::vector<double> y = reproduce(published_regression(name), study).selected.points.y;
    const auto [low, high] = std::minmax_element(y.begin(), y.end());
    slip.rows.push_back({name, text(*low), text(*high), text(*low * kJoulesPerKwh),
                         text(*high * kJoulesPerKwh),
                         fmt::format("{:.0f}", 100 * kPadding / (*high - *low))});
  }
  return slip;
}

Slip fixed_interval(const PublishedStudy& study) {
  Slip slip{
      "fixed-interval",
      "Every reading is taken to stand for 3 s, so gaps lose energy, and the ends of a run are cut to whole "
      "seconds: a reading in a second that two runs share is counted for both (`packrat energy integrate` "
      "weighs "
      "by time).",
      {"run", "next run", "shared second, UTC"},
      {}};
  for (const std::size_t i : runs_that_share_a_second(study))
    slip.rows.push_back({study.inference_runs[i].model, study.inference_runs[i + 1].model,
                         format_timestamp(std::floor(study.inference_runs[i].span.to))});
  return slip;
}

Slip pfs_days(const PublishedStudy& study) {
  constexpr double kImages = 1.2e6, kGflopPerPfsDay = 8.64e10;
  Slip slip{"pfs-days",
            "GFLOPs x 2 x 3 x 1.2e6, printed as petaflop/s-days of an ImageNet epoch, is a number of GFLOP "
            "(1 pfs-day "
            "is 8.64e10 GFLOP) and doubles operations that GFLOPs = 2 x MACs has doubled already.",
            {"model", "GFLOPs", "printed \"pfs-days\"", "correct pfs-days"},
            {}};
  const std::size_t gflops = study.models.column("gflops");
  for (std::size_t row = 0; row < study.models.rows.size(); ++row) {
    const double forward = study.models.required_number(row, gflops);
    slip.rows.push_back({study.models.rows[row][0], text(forward), text(forward * 2 * 3 * kImages),
                         text(forward * 3 * kImages / kGflopPerPfsDay)});
  }
  return slip;
}

}  // namespace

std::vector<std::size_t> runs_that_share_a_second(const PublishedStudy& study) {
  std::vector<std::size_t> runs;
  for (std::size_t i = 0; i + 1 < study.inference_runs.size(); ++i)
    if (std::floor(study.inference_runs[i].span.to) == std::floor(study.inference_runs[i + 1].span.from))
      runs.push_back(i);
  return runs;
}

std::vector<Slip> published_slips(const PublishedStudy& study) {
  return {errors_in_the_wrong_unit(study), stale_errors(study), misaligned_column(study), axis_label(study),
          fixed_interval(study),           pfs_days(study)};
}

}  // namespace packrat
