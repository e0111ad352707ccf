#include "engine/methods/covariance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/methods/linear_algebra.h"

namespace packrat {
namespace {

constexpr double kLeastVariance = 1e-9;   // of the mean variance
constexpr double kFirstShrinkage = 1e-4;  // where raising starts when nothing was asked for
constexpr double kRaise = 1.25;
constexpr double kMargin = 0.25;  // of what rounding may take off an eigenvalue

/// Deviations of the covariance s, which becomes correlations below its diagonal.
std::vector<double> take_deviations(std::vector<double>& s, std::int64_t d) {
  double mean = 0;
  for (std::int64_t i = 0; i < d; ++i) mean += std::max(0.0, s[static_cast<std::size_t>(i * d + i)]);
  mean /= static_cast<double>(d);
  const double least = mean > 0 ? kLeastVariance * mean : 1;
  std::vector<double> deviations;
  for (std::int64_t i = 0; i < d; ++i)
    deviations.push_back(std::sqrt(std::max(least, s[static_cast<std::size_t>(i * d + i)])));
  for (std::int64_t i = 0; i < d; ++i)
    for (std::int64_t j = 0; j < i; ++j)
      s[static_cast<std::size_t>(i * d + j)] /=
          deviations[static_cast<std::size_t>(i)] * deviations[static_cast<std::size_t>(j)];
  return deviations;
}

/// Of the correlations below the diagonal; 0 when there are none.
double mean_square_correlation(const std::vector<double>& s, std::int64_t d) {
  double sum = 0;
  for (std::int64_t i = 0; i < d; ++i)
    for (std::int64_t j = 0; j < i; ++j)
      sum += s[static_cast<std::size_t>(i * d + j)] * s[static_cast<std::size_t>(i * d + j)];
  return d > 1 ? 2 * sum / static_cast<double>(d * (d - 1)) : 0;
}

/// Of correlations, whose trace is d.
double oas(double mean_square, std::int64_t d, std::int64_t rows) {
  const auto side = static_cast<double>(d);
  const double all = (1 + (side - 1) * mean_square) / side;  // mean square of all entries
  const double below = (static_cast<double>(rows) + 1) * (all - 1 / side);
  return below <= 0 ? 1 : std::min(1.0, (all + 1) / below);
}

/// (1 - a) R + (a - margin) I, factored; empty when it is not positive definite.
std::vector<double> factored(const std::vector<double>& correlations, std::int64_t d, double a,
                             double margin) {
  std::vector<double> factor(correlations.size());
  for (std::int64_t i = 0; i < d; ++i) {
    for (std::int64_t j = 0; j < i; ++j)
      factor[static_cast<std::size_t>(i * d + j)] =
          (1 - a) * correlations[static_cast<std::size_t>(i * d + j)];
    factor[static_cast<std::size_t>(i * d + i)] = 1 - margin;
  }
  if (!factor_in_place(factor.data(), d)) factor.clear();
  return factor;
}

void divide_columns(double* b, std::int64_t rows, const std::vector<double>& by) {
  for (std::int64_t r = 0; r < rows; ++r)
    for (const double deviation : by) *b++ /= deviation;
}

}  // namespace

std::string shrinkage_text(const Shrinkage& shrinkage) {
  return shrinkage.oas ? "oas" : fmt::format("{}", shrinkage.amount);
}

void ShrunkCovariance::solve(double* b, std::int64_t rows) const {
  divide_columns(b, rows, deviations);
  solve_rows(factor.data(), d, b, rows);
  divide_columns(b, rows, deviations);
}

void ShrunkCovariance::whiten(double* b, std::int64_t rows) const {
  divide_columns(b, rows, deviations);
  solve_half_rows(factor.data(), d, b, rows);
}

double ShrunkCovariance::log_determinant() const {
  double sum = 0;
  for (std::int64_t i = 0; i < d; ++i)
    sum +=
        2 * std::log(factor[static_cast<std::size_t>(i * d + i)] * deviations[static_cast<std::size_t>(i)]);
  return sum;
}

ShrunkCovariance shrink(std::vector<double> s, std::int64_t d, std::int64_t rows, const Shrinkage& shrinkage,
                        StatePrecision precision) {
  ShrunkCovariance result;
  result.d = d;
  result.deviations = take_deviations(s, d);
  const double mean_square = mean_square_correlation(s, d);
  result.asked = shrinkage.oas ? oas(mean_square, d, rows) : shrinkage.amount;
  // Least eigenvalue after shrinking: at least a - (1 - a) noise.
  const double noise = correlation_noise(d, precision, mean_square);
  result.amount = std::max(result.asked, noise / (1 + noise));
  // Rounding at the end of every task adds up, and a least eigenvalue near 0 would be nothing but rounding.
  const double margin = kMargin * noise;
  while (factored(s, d, result.amount, margin).empty())
    result.amount = std::min(1.0, std::max(kRaise * result.amount, kFirstShrinkage));
  result.factor = factored(s, d, result.amount, 0);
  return result;
}

}  // namespace packrat
