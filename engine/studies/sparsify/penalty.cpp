#include "engine/studies/sparsify/penalty.h"

#include <algorithm>
#include <boost/math/special_functions/expint.hpp>
#include <cmath>

#include "engine/studies/sparsify/penalty_constants.h"

namespace packrat {
namespace {

double logistic(double x) {
  return 1 / (1 + std::exp(-x));
}

double softplus(double x) {
  return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

/// height * s(-rate l - shift), and its derivative.
double bump(const PenaltyBump& b, double l) {
  return b.height * logistic(-b.rate * l - b.shift);
}
double bump_slope(const PenaltyBump& b, double l) {
  const double p = logistic(-b.rate * l - b.shift);
  return -b.height * b.rate * p * (1 - p);
}

double vd(double l) {
  return 0.5 * softplus(-l) + bump(kRealVdBump, l);
}
double vd_slope(double l) {
  return -0.5 * logistic(-l) + bump_slope(kRealVdBump, l);
}

double ard(double l) {
  return 0.5 * softplus(-l);
}
double ard_slope(double l) {
  return -0.5 * logistic(-l);
}

/// gamma - l - Ei(-z), z = e^-l, is the integral of (1 - e^-t)/t from 0 to z: below 1e-3 its series, which is
/// exact to rounding there and does not cancel.
double complex_vd(double l) {
  constexpr double kEulerGamma = 0.57721566490153286;
  const double z = std::exp(-l);
  if (z < 1e-3) return z * (1 - z / 4 * (1 - z * 2 / 9));
  return kEulerGamma - l - (z < 700 ? boost::math::expint(-z) : 0.0);
}
double complex_vd_slope(double l) {
  return std::expm1(-std::exp(-l));
}

double complex_vd_approximate(double l) {
  return softplus(-l) + bump(kComplexVdBump, l);
}
double complex_vd_approximate_slope(double l) {
  return -logistic(-l) + bump_slope(kComplexVdBump, l);
}

double complex_ard(double l) {
  return softplus(-l);
}
double complex_ard_slope(double l) {
  return -logistic(-l);
}

}  // namespace

const std::vector<PenaltyForm>& penalty_forms() {
  static const std::vector<PenaltyForm> table{
      {Penalty::kRealVd, "vd", false, vd, vd_slope, "0.5 softplus(-l) + 0.63576 s(-1.48695 l - 1.8732)"},
      {Penalty::kRealArd, "ard", false, ard, ard_slope, "0.5 softplus(-l)"},
      {Penalty::kComplexVd, "complex-vd", true, complex_vd, complex_vd_slope, "gamma - l - Ei(-exp(-l))"},
      {Penalty::kComplexVdApproximate, "complex-vd-approximate", true, complex_vd_approximate,
       complex_vd_approximate_slope, "softplus(-l) + 0.5781 s(-1.36526 l - 1.45926)"},
      {Penalty::kComplexArd, "complex-ard", true, complex_ard, complex_ard_slope, "softplus(-l)"}};
  return table;
}

const PenaltyForm& penalty_form(Penalty penalty) {
  return *std::find_if(penalty_forms().begin(), penalty_forms().end(),
                       [&](const PenaltyForm& form) { return form.penalty == penalty; });
}

double log_alpha(double ls2, double modulus) {
  return ls2 - 2 * std::log(modulus + kTinyModulus);
}

}  // namespace packrat
