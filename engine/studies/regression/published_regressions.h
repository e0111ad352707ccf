#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/studies/regression/points_table.h"
#include "engine/studies/regression/published_study.h"

namespace packrat {

/// What the study, or a later count of it, gives for a fit: the digits as they were printed. Empty where
/// nothing was printed.
struct PublishedFigures {
  std::size_t n = 0;
  const char* slope = "";
  const char* intercept = "";
  const char* r = "";
  const char* r_squared = "";
  const char* p = "";
  const char* standard_error = "";
  const char* rmse = "";  ///< the study's: GFLOPs against kWh
  const char* mae = "";
};

/// One regression of the study, from the columns of PublishedStudy::models.
struct PublishedRegression {
  const char* name;
  const char* title;
  Selection selection;
  PublishedFigures figures;
  bool in_study = true;  ///< false for the two that were computed afterwards
};
const std::vector<PublishedRegression>& published_regressions();
/// Throws Error when there is none of that name.
const PublishedRegression& published_regression(std::string_view name);

/// A published figure and ours.
struct FigureCheck {
  const char* figure;
  std::string published;
  double computed = 0;
  bool agrees = false;
};

struct ReproducedRegression {
  const PublishedRegression* regression = nullptr;
  SelectedPoints selected;
  LinearFit fit;
  Errors published_errors;  ///< by the study's formula
  std::vector<FigureCheck> checks;
  bool agrees() const;
};

ReproducedRegression reproduce(const PublishedRegression& regression, const PublishedStudy& study);
std::vector<ReproducedRegression> reproduce_all(const PublishedStudy& study);

/// True when a computed value is a printed one: to 1e-9 relative, or, for figures printed with fewer digits,
/// to half a unit of the last.
bool agrees_with(double computed, std::string_view printed);

/// A prediction that the study printed, of its fine-tuning fit without DenseNet.
struct HeldOutPrediction {
  const char* model;
  const char* printed_kwh;
  double computed_kwh = 0;
  bool agrees = false;
};
std::vector<HeldOutPrediction> held_out_predictions(const PublishedStudy& study);

}  // namespace packrat
