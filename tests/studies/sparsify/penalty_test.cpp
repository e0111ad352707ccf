#include "engine/studies/sparsify/penalty.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/core/rng.h"
#include "engine/studies/sparsify/penalty_kernel.h"

namespace packrat {
namespace {

struct TabledValue {
  double l;
  std::vector<double> values;  // in the order of penalty_forms()
};

// Recomputed from the papers' formulas, with six decimals.
const std::vector<TabledValue> kTable{{-10, {5.635781, 5.000023, 10.577216, 10.578142, 10.000045}},
                                      {-2, {1.540533, 1.063464, 2.577290, 2.578400, 2.126928}},
                                      {-0.5, {0.642299, 0.487038, 1.157612, 1.156205, 0.974077}},
                                      {0, {0.431239, 0.346574, 0.796600, 0.802166, 0.693147}},
                                      {3, {0.025420, 0.024294, 0.049174, 0.050815, 0.048587}},
                                      {8, {0.000168, 0.000168, 0.000335, 0.000338, 0.000335}}};

TEST(Penalty, HasThePublishedValues) {
  for (std::size_t form = 0; form < penalty_forms().size(); ++form)
    for (const TabledValue& row : kTable)
      EXPECT_NEAR(penalty_forms()[form].value(row.l), row.values[form], 1e-6)
          << penalty_forms()[form].name << " at " << row.l;
}

TEST(Penalty, SlopeIsTheDerivativeOfTheValue) {
  for (const PenaltyForm& form : penalty_forms())
    for (double l = -30; l <= 30; l += 0.37) {
      const double h = 1e-4, difference = (form.value(l + h) - form.value(l - h)) / (2 * h);
      EXPECT_NEAR(form.slope(l), difference, 1e-7) << form.name << " at " << l;
    }
}

TEST(Penalty, IsContinuousAndFallsWhereTheExactFormChangesItsMethod) {
  for (const PenaltyForm& form : penalty_forms())
    for (double l = -12; l < 12; l += 0.01)
      EXPECT_GT(form.value(l), form.value(l + 0.01)) << form.name << " at " << l;
}

TEST(Penalty, IsFiniteForWeightsOfZeroAndForHugeOnes) {
  for (const PenaltyForm& form : penalty_forms())
    for (const double modulus : {0.0, 1e-30, 1e-6, 1e6})
      for (const double ls2 : {-40.0, -10.0, 20.0}) {
        const double l = log_alpha(ls2, modulus);
        EXPECT_TRUE(std::isfinite(form.value(l)) && std::isfinite(form.slope(l))) << form.name << " at " << l;
      }
}

/// Weights from tiny to large, zeros among them, in a number that is no multiple of a vector's width.
struct SomeWeights {
  explicit SomeWeights(bool complex) {
    Rng rng(5);
    for (int i = 0; i < 1003; ++i) {
      const double scale = std::pow(10.0, -6 + 7 * rng.uniform());
      re.push_back(i % 101 == 0 ? 0.0F : static_cast<float>(scale * rng.normal()));
      im.push_back(i % 101 == 0 ? 0.0F : static_cast<float>(scale * rng.normal()));
      ls2.push_back(static_cast<float>(-10 + 4 * rng.normal()));
    }
    view = {re.data(), complex ? im.data() : nullptr, ls2.data(), static_cast<std::int64_t>(re.size())};
  }
  std::vector<float> re, im, ls2;
  PenaltyWeights view;
};

double modulus_of(const PenaltyWeights& w, std::int64_t i) {
  const double re = w.re[i], im = w.im == nullptr ? 0.0 : w.im[i];
  return std::hypot(re, im);
}

TEST(PenaltyKernel, SumsTheFormOverTheWeights) {
  for (const PenaltyForm& form : penalty_forms()) {
    const SomeWeights weights(form.complex);
    double sum = 0;
    for (std::int64_t i = 0; i < weights.view.count; ++i)
      sum += form.value(log_alpha(weights.ls2[i], modulus_of(weights.view, i)));
    EXPECT_DOUBLE_EQ(penalty_sum(form.penalty, weights.view), sum) << form.name;
  }
}

TEST(PenaltyKernel, AddsTheScaledGradientByTheChainRule) {
  constexpr float kScale = 0.25F;
  for (const PenaltyForm& form : penalty_forms()) {
    const SomeWeights weights(form.complex);
    const auto count = weights.re.size();
    std::vector<float> re(count, 1.0F), im(count, 1.0F), ls2(count, 1.0F);
    add_penalty_gradient(form.penalty, weights.view, kScale,
                         {re.data(), form.complex ? im.data() : nullptr, ls2.data()});
    for (std::size_t i = 0; i < count; ++i) {
      SCOPED_TRACE(testing::Message()
                   << form.name << ", weight " << weights.re[i] << ", ls2 " << weights.ls2[i]);
      const double modulus = modulus_of(weights.view, static_cast<std::int64_t>(i));
      const double slope = form.slope(log_alpha(weights.ls2[i], modulus)) * kScale;
      EXPECT_NEAR(ls2[i], 1 + slope, 1e-5 * (1 + std::fabs(slope)));
      const auto part = [&](float w) { return modulus > 0 ? -2 * slope * w / (modulus * modulus) : 0.0; };
      EXPECT_NEAR(re[i], 1 + part(weights.re[i]), 1e-5 * (1 + std::fabs(part(weights.re[i]))));
      EXPECT_NEAR(im[i], form.complex ? 1 + part(weights.im[i]) : 1.0,
                  1e-5 * (1 + std::fabs(part(weights.im[i]))));
    }
  }
}

TEST(PenaltyKernel, GradientIsThatOfFiniteDifferencesOfTheSum) {
  for (const PenaltyForm& form : penalty_forms())
    for (const float mean : {-0.4F, -0.01F, 0.02F, 0.9F})
      for (const float variance : {-9.0F, -4.0F, -1.0F}) {
        const auto sum = [&](float re, float ls2) {
          const float im = 0.3F;
          return penalty_sum(form.penalty, {&re, form.complex ? &im : nullptr, &ls2, 1});
        };
        const float im = 0.3F, h = 1.0F / 1024;
        float re = 0, im_gradient = 0, ls2 = 0;
        add_penalty_gradient(form.penalty, {&mean, form.complex ? &im : nullptr, &variance, 1}, 1.0F,
                             {&re, form.complex ? &im_gradient : nullptr, &ls2});
        EXPECT_NEAR(ls2, (sum(mean, variance + h) - sum(mean, variance - h)) / (2 * h), 1e-5)
            << form.name << " at mean " << mean << ", ls2 " << variance;
        const float step = std::fabs(mean) / 1024, up = mean + step, down = mean - step;
        EXPECT_NEAR(re, (sum(up, variance) - sum(down, variance)) / (up - down), 1e-5 * (1 + std::fabs(re)))
            << form.name << " at mean " << mean << ", ls2 " << variance;
      }
}

TEST(RelevanceMask, KeepsWeightsUpToTheThreshold) {
  for (const bool complex : {false, true}) {
    // |w| = 1, so that log alpha is ls2 but for 2e-12
    const std::vector<float> re{1, 1, 1, 0.6F}, im{0, 0, 0, 0.8F}, ls2{-0.75F, -0.25F, 3, -1},
        real{1, 1, 1, -1};
    std::vector<float> keep(4, 7.0F);
    relevance_mask({complex ? re.data() : real.data(), complex ? im.data() : nullptr, ls2.data(), 4}, -0.5,
                   keep.data());
    EXPECT_EQ(keep, (std::vector<float>{1, 0, 0, 1})) << "complex: " << complex;
  }
}

}  // namespace
}  // namespace packrat
