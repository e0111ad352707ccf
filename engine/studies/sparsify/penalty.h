#pragma once
#include <string_view>
#include <vector>

namespace packrat {

/// What a weight costs for being distinguished from noise: the Kullback-Leibler divergence of N(mu, sigma^2)
/// from a prior, which depends on log alpha = log(sigma^2 / |mu|^2) alone.
enum class Penalty { kRealVd, kRealArd, kComplexVd, kComplexVdApproximate, kComplexArd };

/// One form. l: log alpha; s: the logistic function; softplus(x) = log(1 + e^x).
struct PenaltyForm {
  Penalty penalty;
  std::string_view name;      ///< "vd", "complex-vd-approximate", ...
  bool complex;               ///< of complex weights
  double (*value)(double l);  ///< nats, >= 0, falling
  double (*slope)(double l);  ///< d value / d l
  std::string_view formula;   ///< of the value, for documents
};

/// The one table of penalties.
/// - vd: 0.5 softplus(-l) + 0.63576 s(-1.48695 l - 1.8732). Molchanov, Ashukha, Vetrov, ICML 2017.
/// - ard: 0.5 softplus(-l). Kharitonov, Molchanov, Vetrov 2018.
/// - complex-vd: gamma - l - Ei(-e^-l), exact. Nazarov and Burnaev, ICML 2020; so are the next two.
/// - complex-vd-approximate: softplus(-l) + 0.57810 s(-1.36526 l - 1.45926).
/// - complex-ard: softplus(-l).
const std::vector<PenaltyForm>& penalty_forms();

const PenaltyForm& penalty_form(Penalty penalty);

/// log(sigma^2 / |mu|^2) as ls2 - 2 log(modulus + 1e-12). ls2: log sigma^2; modulus: |mu| >= 0.
double log_alpha(double ls2, double modulus);

}  // namespace packrat
