#include "engine/studies/sparsify/penalty_kernel.h"

#include <cmath>

#include "engine/core/vector_clones.h"
#include "engine/studies/sparsify/penalty_constants.h"
#include "engine/studies/sparsify/vector_math.h"

namespace packrat {
namespace {

/// Derivative of the bump at l.
PACKRAT_VECTOR_INLINE float bump_slope(const PenaltyBump& bump, float l) {
  const float t = fast_exp(static_cast<float>(bump.rate) * l + static_cast<float>(bump.shift));
  return -static_cast<float>(bump.height * bump.rate) * (t / ((1.0F + t) * (1.0F + t)));
}

/// e^-z - 1 without cancellation.
PACKRAT_VECTOR_INLINE float expm1_of_minus(float z) {
  const float series =
      -z * (1.0F - z * 0.5F * (1.0F - z * (1.0F / 3) * (1.0F - z * 0.25F * (1.0F - z * 0.2F))));
  const float direct = fast_exp(-z) - 1.0F;
  return z < 0.2F ? series : direct;
}

/// Derivative of the penalty by l = log alpha. z: 1/alpha. kForm is constant where this is inlined.
template <Penalty kForm>
PACKRAT_VECTOR_INLINE float slope(float l, float z) {
  const float logistic = z / (1.0F + z);  // s(-l)
  if constexpr (kForm == Penalty::kRealVd) return -0.5F * logistic + bump_slope(kRealVdBump, l);
  if constexpr (kForm == Penalty::kRealArd) return -0.5F * logistic;
  if constexpr (kForm == Penalty::kComplexVd) return expm1_of_minus(z);
  if constexpr (kForm == Penalty::kComplexVdApproximate) return -logistic + bump_slope(kComplexVdBump, l);
  return -logistic;
}

template <Penalty kForm>
PACKRAT_VECTOR_INLINE void add_real(const float* mu, const float* ls2, std::int64_t count, float scale,
                                    float* __restrict grad_mu, float* __restrict grad_ls2) {
  for (std::int64_t i = 0; i < count; ++i) {
    const float modulus = std::fabs(mu[i]) + static_cast<float>(kTinyModulus);
    const float l = ls2[i] - 2.0F * fast_log(modulus);
    const float by_l = scale * slope<kForm>(l, fast_exp(-l));
    grad_ls2[i] += by_l;
    const float by_modulus = -2.0F * by_l / modulus;
    const float sign = (mu[i] > 0.0F ? 1.0F : 0.0F) - (mu[i] < 0.0F ? 1.0F : 0.0F);
    grad_mu[i] += sign * by_modulus;
  }
}

template <Penalty kForm>
PACKRAT_VECTOR_INLINE void add_complex(const float* re, const float* im, const float* ls2, std::int64_t count,
                                       float scale, float* __restrict grad_re, float* __restrict grad_im,
                                       float* __restrict grad_ls2) {
  for (std::int64_t i = 0; i < count; ++i) {
    const float absolute = std::sqrt(re[i] * re[i] + im[i] * im[i]);
    const float modulus = absolute + static_cast<float>(kTinyModulus);
    const float l = ls2[i] - 2.0F * fast_log(modulus);
    const float by_l = scale * slope<kForm>(l, fast_exp(-l));
    grad_ls2[i] += by_l;
    // d|w|/d re = re/|w|; a zero weight has zero parts, so that the added tiny number only keeps 0/0 away
    const float by_part = -2.0F * by_l / (modulus * (absolute + 1e-30F));
    grad_re[i] += re[i] * by_part;
    grad_im[i] += im[i] * by_part;
  }
}

// target_clones wants functions, not templates.
#define PACKRAT_REAL_PENALTY(name, form)                                                            \
  PACKRAT_VECTOR_CLONES void name(const PenaltyWeights& w, float scale, const PenaltyGradient& g) { \
    add_real<form>(w.re, w.ls2, w.count, scale, g.re, g.ls2);                                       \
  }
#define PACKRAT_COMPLEX_PENALTY(name, form)                                                         \
  PACKRAT_VECTOR_CLONES void name(const PenaltyWeights& w, float scale, const PenaltyGradient& g) { \
    add_complex<form>(w.re, w.im, w.ls2, w.count, scale, g.re, g.im, g.ls2);                        \
  }
PACKRAT_REAL_PENALTY(add_vd, Penalty::kRealVd)
PACKRAT_REAL_PENALTY(add_ard, Penalty::kRealArd)
PACKRAT_COMPLEX_PENALTY(add_complex_vd, Penalty::kComplexVd)
PACKRAT_COMPLEX_PENALTY(add_complex_vd_approximate, Penalty::kComplexVdApproximate)
PACKRAT_COMPLEX_PENALTY(add_complex_ard, Penalty::kComplexArd)
#undef PACKRAT_REAL_PENALTY
#undef PACKRAT_COMPLEX_PENALTY

double log_alpha_of(const PenaltyWeights& w, std::int64_t i) {
  const double re = w.re[i], im = w.im == nullptr ? 0.0 : w.im[i];
  return log_alpha(w.ls2[i], std::hypot(re, im));
}

}  // namespace

double penalty_sum(Penalty penalty, const PenaltyWeights& weights) {
  const PenaltyForm& form = penalty_form(penalty);
  double sum = 0;
  for (std::int64_t i = 0; i < weights.count; ++i) sum += form.value(log_alpha_of(weights, i));
  return sum;
}

void add_penalty_gradient(Penalty penalty, const PenaltyWeights& weights, float scale,
                          const PenaltyGradient& gradient) {
  switch (penalty) {
    case Penalty::kRealVd:
      return add_vd(weights, scale, gradient);
    case Penalty::kRealArd:
      return add_ard(weights, scale, gradient);
    case Penalty::kComplexVd:
      return add_complex_vd(weights, scale, gradient);
    case Penalty::kComplexVdApproximate:
      return add_complex_vd_approximate(weights, scale, gradient);
    case Penalty::kComplexArd:
      return add_complex_ard(weights, scale, gradient);
  }
}

void relevance_mask(const PenaltyWeights& weights, double threshold, float* keep) {
  for (std::int64_t i = 0; i < weights.count; ++i)
    keep[i] = log_alpha_of(weights, i) <= threshold ? 1.0F : 0.0F;
}

}  // namespace packrat
