#include "engine/studies/regression/published_regressions.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <set>

#include "engine/core/error.h"
#include "tests/studies/regression/study.h"

namespace packrat {
namespace {

TEST(PublishedRegressionsTest, EveryPrintedFigureIsReproduced) {
  std::size_t in_study = 0, figures = 0;
  for (const ReproducedRegression& ours : reproduce_all(study())) {
    in_study += ours.regression->in_study ? 1 : 0;
    for (const FigureCheck& check : ours.checks) {
      EXPECT_TRUE(check.agrees) << ours.regression->name << ": " << check.figure << " is " << check.computed
                                << ", printed " << check.published;
      ++figures;
    }
  }
  EXPECT_EQ(in_study, 11u);
  EXPECT_EQ(figures, 11u * 7 + 4 + 4 + 2)
      << "7 for each of the study's, errors of two, and the two added later";
}

TEST(PublishedRegressionsTest, SlopeInterceptAndCorrelationAgreeToNineDigits) {
  for (const ReproducedRegression& ours : reproduce_all(study())) {
    if (!ours.regression->in_study) continue;
    const PublishedFigures& printed = ours.regression->figures;
    EXPECT_NEAR(ours.fit.slope / std::atof(printed.slope), 1, 1e-9) << ours.regression->name;
    EXPECT_NEAR(ours.fit.intercept / std::atof(printed.intercept), 1, 1e-9) << ours.regression->name;
    EXPECT_NEAR(ours.fit.r / std::atof(printed.r), 1, 1e-9) << ours.regression->name;
  }
}

TEST(PublishedRegressionsTest, NamesAreUniqueAndAnUnknownOneIsRefused) {
  std::set<std::string> names;
  for (const PublishedRegression& regression : published_regressions()) names.insert(regression.name);
  EXPECT_EQ(names.size(), published_regressions().size());
  EXPECT_THROW(published_regression("no such fit"), Error);
}

TEST(PublishedRegressionsTest, HeldOutPredictionsAreTheOnesPrinted) {
  const auto predictions = held_out_predictions(study());
  ASSERT_EQ(predictions.size(), 5u);
  for (const HeldOutPrediction& prediction : predictions)
    EXPECT_TRUE(prediction.agrees) << prediction.model << " " << prediction.computed_kwh;
  EXPECT_NEAR(predictions[0].computed_kwh, 0.00570236, 5e-9) << "googlenet";
}

TEST(PublishedRegressionsTest, AFigureAgreesToNineDigitsOrToItsLastDigit) {
  EXPECT_TRUE(agrees_with(0.1867216, "0.186722"));
  EXPECT_FALSE(agrees_with(0.1867210, "0.186722"));
  EXPECT_TRUE(agrees_with(2.432494e-6, "2.43249e-6"));
  EXPECT_FALSE(agrees_with(2.4326e-6, "2.43249e-6"));
  EXPECT_TRUE(agrees_with(-0.13223517898807556, "-0.13223517898807")) << "cut instead of rounded";
  EXPECT_FALSE(agrees_with(0.1323, "0.1322"));
  EXPECT_FALSE(agrees_with(-1, "1"));
  EXPECT_THROW(agrees_with(1, "one"), Error);
}

TEST(PublishedRegressionsTest, TheStudyIsJoinedWhole) {
  EXPECT_EQ(study().models.rows.size(), 35u);
  EXPECT_EQ(study().inference_runs.size(), 30u);
  EXPECT_EQ(study().inference_rows.size(), 27u);
  // 15:46:21.270897 to 15:50:52.335178, local; 2020-08-07T14:46:21 UTC is 1596811581.
  EXPECT_EQ(study().inference_runs[0].model, "alexnet");
  EXPECT_NEAR(study().inference_runs[0].span.from, 1596811581.270897, 1e-6);
  EXPECT_NEAR(study().inference_runs[0].span.seconds(), 271.064281, 1e-6);
  const std::size_t seconds = study().models.column("inference_seconds");
  EXPECT_EQ(study().models.number(0, seconds), 271.064281);
}

// 10 000 inferences take intercept + slope x GFLOPs: 5.46 J each whatever the model, and 64.3 mJ a GFLOP.
TEST(PublishedRegressionsTest, TheFixedCostOfAnInferenceIsFiveJoules) {
  const LinearFit fit = reproduce(published_regression("inference-no-densenet"), study()).fit;
  EXPECT_NEAR(fit.intercept * 3.6e6 / 1e4, 5.46, 0.005);
  EXPECT_NEAR(fit.slope * 3.6e6 / 1e4, 0.0643, 0.00005);
}

}  // namespace
}  // namespace packrat
