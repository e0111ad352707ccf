#include "engine/sparsify/penalty_kernel.h"

#include <cmath>
#include <cstring>

#include "engine/core/vector_clones.h"
#include "engine/sparsify/penalty_constants.h"

namespace packrat {
namespace {

#define PACKRAT_INLINE inline __attribute__((always_inline))

// exp and log as plain arithmetic, which the compiler can vectorise: the library's calls would be one at a
// time, and their bits differ between versions. Reduction and polynomials as in Cephes (Moshier), errors
// below 2e-7.

PACKRAT_INLINE std::int32_t bits_of(float x) {
  std::int32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

PACKRAT_INLINE float float_of(std::int32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

/// e^x; x is taken as within [-80, 80].
PACKRAT_INLINE float fast_exp(float x) {
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it rounds to a whole number
  x = x < -80.0F ? -80.0F : x;
  x = x > 80.0F ? 80.0F : x;
  const float shifted = x * 1.44269504F + kRound;
  const float n = shifted - kRound;
  const float r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * r * r + r + 1.0F;
  return p * float_of((static_cast<std::int32_t>(n) + 127) << 23);
}

/// log x for normal x > 0.
PACKRAT_INLINE float fast_log(float x) {
  const std::int32_t exponent =
      (bits_of(x) - 0x3f3504f3) >> 23;  // the mantissa is then in [sqrt(1/2), sqrt(2))
  const float f = float_of(bits_of(x) - (exponent << 23)) - 1.0F, e = static_cast<float>(exponent);
  float p = 7.0376836292e-2F;
  p = p * f - 1.1514610310e-1F;
  p = p * f + 1.1676998740e-1F;
  p = p * f - 1.2420140846e-1F;
  p = p * f + 1.4249322787e-1F;
  p = p * f - 1.6668057665e-1F;
  p = p * f + 2.0000714765e-1F;
  p = p * f - 2.4999993993e-1F;
  p = p * f + 3.3333331174e-1F;
  const float square = f * f;
  return ((p * f * square + e * -2.12194440e-4F) - 0.5F * square) + f + e * 0.693359375F;
}

/// Derivative of the bump at l.
PACKRAT_INLINE float bump_slope(const PenaltyBump& bump, float l) {
  const float t = fast_exp(static_cast<float>(bump.rate) * l + static_cast<float>(bump.shift));
  return -static_cast<float>(bump.height * bump.rate) * (t / ((1.0F + t) * (1.0F + t)));
}

/// e^-z - 1 without cancellation.
PACKRAT_INLINE float expm1_of_minus(float z) {
  const float series =
      -z * (1.0F - z * 0.5F * (1.0F - z * (1.0F / 3) * (1.0F - z * 0.25F * (1.0F - z * 0.2F))));
  const float direct = fast_exp(-z) - 1.0F;
  return z < 0.2F ? series : direct;
}

/// Derivative of the penalty by l = log alpha. z: 1/alpha. kForm is constant where this is inlined.
template <Penalty kForm>
PACKRAT_INLINE float slope(float l, float z) {
  const float logistic = z / (1.0F + z);  // s(-l)
  if constexpr (kForm == Penalty::kRealVd) return -0.5F * logistic + bump_slope(kRealVdBump, l);
  if constexpr (kForm == Penalty::kRealArd) return -0.5F * logistic;
  if constexpr (kForm == Penalty::kComplexVd) return expm1_of_minus(z);
  if constexpr (kForm == Penalty::kComplexVdApproximate) return -logistic + bump_slope(kComplexVdBump, l);
  return -logistic;
}

template <Penalty kForm>
PACKRAT_INLINE void add_real(const float* mu, const float* ls2, std::int64_t count, float scale,
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
PACKRAT_INLINE void add_complex(const float* re, const float* im, const float* ls2, std::int64_t count,
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
