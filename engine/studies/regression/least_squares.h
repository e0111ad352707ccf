#pragma once
#include <cstddef>
#include <vector>

namespace packrat {

/// Two columns of numbers, as long as each other.
struct Points {
  std::vector<double> x, y;
  std::size_t size() const { return x.size(); }
};

/// Root mean square and mean absolute difference of two columns.
struct Errors {
  double rmse = 0, mae = 0;
};

/// The line y = intercept + slope x that minimises the sum of squared residuals, and how well it fits.
struct LinearFit {
  std::size_t n = 0;
  double slope = 0, intercept = 0;
  double r = 0;          ///< Pearson's correlation; 0 when all y are equal
  double r_squared = 0;  ///< share of y's variance that the line explains
  /// two-sided, of the hypothesis slope = 0: Student's t with n - 2 degrees of freedom
  double p = 0;
  double standard_error = 0;  ///< of the slope, in y's unit per x's
  Errors residual;            ///< of prediction against y, in y's unit; mean over n

  double predict(double x) const { return intercept + slope * x; }
};

/// UserError when there are fewer than three points or all x are equal.
LinearFit fit_line(const Points& points);

/// What the published study printed as the error of its fits: x against y, GFLOPs against kWh. It says
/// nothing about the fit.
Errors published_errors(const Points& points);

}  // namespace packrat
