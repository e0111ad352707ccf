#include "engine/studies/regression/least_squares.h"

#include <gmock/gmock.h>

#include <cmath>

#include "engine/core/error.h"

namespace packrat {
namespace {

using ::testing::HasSubstr;

// By hand: x = 1 2 3 4, y = 2 4 5 4. Sxx = 5, Syy = 4.75, Sxy = 3.5; slope 0.7, intercept 2. Residuals -0.7,
// 0.6, 0.9, -0.8: their squares sum to 2.3, their sizes to 3.
TEST(LeastSquaresTest, IsTheFitByHand) {
  const LinearFit fit = fit_line({{1, 2, 3, 4}, {2, 4, 5, 4}});
  EXPECT_EQ(fit.n, 4u);
  EXPECT_DOUBLE_EQ(fit.slope, 0.7);
  EXPECT_DOUBLE_EQ(fit.intercept, 2);
  EXPECT_DOUBLE_EQ(fit.r, 3.5 / std::sqrt(5 * 4.75));
  EXPECT_DOUBLE_EQ(fit.r_squared, 12.25 / 23.75);
  EXPECT_DOUBLE_EQ(fit.residual.rmse, std::sqrt(2.3 / 4));
  EXPECT_DOUBLE_EQ(fit.residual.mae, 0.75);
  EXPECT_DOUBLE_EQ(fit.standard_error, std::sqrt(2.3 / 2 / 5));
  EXPECT_DOUBLE_EQ(fit.predict(10), 9);
}

// With 1 degree of freedom t is a Cauchy variable: p = 1 - (2 / pi) atan |t|. With 2: p = 1 - |t| / sqrt(2 +
// t^2).
TEST(LeastSquaresTest, PIsStudentsWhereThatHasAClosedForm) {
  const LinearFit three = fit_line({{0, 1, 2}, {0, 1, 1}});
  const double t3 = three.slope / three.standard_error;
  EXPECT_NEAR(three.p, 1 - 2 / M_PI * std::atan(t3), 1e-12);
  const LinearFit four = fit_line({{1, 2, 3, 4}, {5, 4, 2, 4}});
  const double t4 = std::abs(four.slope / four.standard_error);
  EXPECT_LT(four.slope, 0);
  EXPECT_NEAR(four.p, 1 - t4 / std::sqrt(2 + t4 * t4), 1e-12);
}

TEST(LeastSquaresTest, PointsOnALineLeaveNoError) {
  const LinearFit fit = fit_line({{1, 2, 3, 5}, {3, 5, 7, 11}});
  EXPECT_DOUBLE_EQ(fit.slope, 2);
  EXPECT_DOUBLE_EQ(fit.intercept, 1);
  EXPECT_DOUBLE_EQ(fit.r, 1);
  EXPECT_NEAR(fit.p, 0, 1e-12);
  EXPECT_NEAR(fit.residual.rmse, 0, 1e-12);
}

TEST(LeastSquaresTest, AFlatLineExplainsNothing) {
  const LinearFit fit = fit_line({{1, 2, 3}, {4, 4, 4}});
  EXPECT_EQ(fit.slope, 0);
  EXPECT_EQ(fit.r, 0);
  EXPECT_EQ(fit.p, 1);
}

TEST(LeastSquaresTest, TheFitDoesNotDependOnWhereZeroIs) {
  const LinearFit near = fit_line({{1, 2, 3, 4}, {2, 4, 5, 4}});
  const LinearFit far =
      fit_line({{1e6 + 1, 1e6 + 2, 1e6 + 3, 1e6 + 4}, {1e6 + 2, 1e6 + 4, 1e6 + 5, 1e6 + 4}});
  EXPECT_NEAR(far.slope, near.slope, 1e-9);
  EXPECT_NEAR(far.p, near.p, 1e-9);
  EXPECT_NEAR(far.residual.rmse, near.residual.rmse, 1e-9);
}

TEST(LeastSquaresTest, ThePublishedErrorsComparePointsWithThemselves) {
  const Errors errors = published_errors({{3, 10}, {0, 6}});
  EXPECT_DOUBLE_EQ(errors.rmse, std::sqrt(12.5));
  EXPECT_DOUBLE_EQ(errors.mae, 3.5);
}

TEST(LeastSquaresTest, WhatHasNoLineIsAUserError) {
  EXPECT_THROW(fit_line({{1, 2}, {3, 4}}), UserError);
  try {
    fit_line({{7, 7, 7}, {1, 2, 3}});
    ADD_FAILURE() << "equal x were fitted";
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr("all 3 x are 7"));
  }
}

}  // namespace
}  // namespace packrat
