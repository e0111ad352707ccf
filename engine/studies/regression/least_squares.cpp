#include "engine/studies/regression/least_squares.h"

#include <fmt/format.h>

#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>

#include "engine/core/error.h"

namespace packrat {
namespace {

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Sum of the products of two columns' deviations from their means.
double co_deviation(const std::vector<double>& a, const std::vector<double>& b) {
  const double mean_a = mean(a), mean_b = mean(b);
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - mean_a) * (b[i] - mean_b);
  return sum;
}

Errors errors_between(const std::vector<double>& a, const std::vector<double>& b) {
  Errors errors;
  for (std::size_t i = 0; i < a.size(); ++i) {
    errors.rmse += (a[i] - b[i]) * (a[i] - b[i]);
    errors.mae += std::abs(a[i] - b[i]);
  }
  const auto n = static_cast<double>(a.size());
  return {std::sqrt(errors.rmse / n), errors.mae / n};
}

/// Probability of a t at least as far from 0 when the slope is 0.
double two_sided_p(double slope, double standard_error, std::size_t n) {
  if (slope == 0) return 1;
  if (standard_error == 0) return 0;
  const boost::math::students_t student(static_cast<double>(n - 2));
  return 2 * boost::math::cdf(boost::math::complement(student, std::abs(slope / standard_error)));
}

void require_points(const Points& points) {
  if (points.x.size() != points.y.size())
    throw Error(fmt::format("a fit of {} x to {} y", points.x.size(), points.y.size()));
  if (points.size() < 3)
    throw UserError(fmt::format(
        "a line with its errors needs at least 3 points, but there are {}: choose columns and rows with more",
        points.size()));
}

}  // namespace

LinearFit fit_line(const Points& points) {
  require_points(points);
  const double sxx = co_deviation(points.x, points.x), syy = co_deviation(points.y, points.y),
               sxy = co_deviation(points.x, points.y);
  if (!(sxx > 0))
    throw UserError(fmt::format("no line can be fitted: all {} x are {}; choose a column that varies",
                                points.size(), points.x[0]));
  LinearFit fit;
  fit.n = points.size();
  fit.slope = sxy / sxx;
  fit.intercept = mean(points.y) - fit.slope * mean(points.x);
  fit.r = syy > 0 ? sxy / std::sqrt(sxx * syy) : 0;
  fit.r_squared = fit.r * fit.r;
  std::vector<double> predicted;
  for (const double x : points.x) predicted.push_back(fit.predict(x));
  fit.residual = errors_between(predicted, points.y);
  const double residual_sum = fit.residual.rmse * fit.residual.rmse * static_cast<double>(fit.n);
  fit.standard_error = std::sqrt(residual_sum / static_cast<double>(fit.n - 2) / sxx);
  fit.p = two_sided_p(fit.slope, fit.standard_error, fit.n);
  return fit;
}

Errors published_errors(const Points& points) {
  return errors_between(points.x, points.y);
}

}  // namespace packrat
