#include "engine/studies/regression/published_slips.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "engine/studies/regression/misaligned_co2.h"
#include "engine/studies/regression/published_regressions.h"
#include "tests/studies/regression/study.h"

namespace packrat {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> names(const std::vector<Slip>& slips) {
  std::vector<std::string> list;
  for (const Slip& slip : slips) list.push_back(slip.name);
  return list;
}

TEST(PublishedSlipsTest, AreAllListedWithWholeRows) {
  const auto slips = published_slips(study());
  EXPECT_THAT(names(slips), ElementsAre("errors-in-the-wrong-unit", "stale-errors", "misaligned-co2",
                                        "axis-label", "fixed-interval", "pfs-days"));
  for (const Slip& slip : slips) {
    EXPECT_FALSE(slip.rows.empty()) << slip.name;
    for (const std::string& title : slip.heading) EXPECT_FALSE(title.empty()) << slip.name;
    for (const auto& row : slip.rows) EXPECT_EQ(row.size(), slip.heading.size()) << slip.name;
  }
}

TEST(PublishedSlipsTest, ErrorsOfThePredictionAreHundredthsOfAKilowattHour) {
  const struct {
    const char* name;
    double rmse, mae;
  } rows[] = {{"inference", .0047968, .0039186},
              {"inference-no-densenet", .0033397, .0025346},
              {"inference-vgg", .00028634, .00027362},
              {"finetune", .0036875, .0030741},
              {"finetune-no-densenet", .0024428, .0018482}};
  for (const auto& row : rows) {
    const Errors residual = reproduce(published_regression(row.name), study()).fit.residual;
    const double unit = row.rmse < .001 ? 5e-9 : 5e-8;
    EXPECT_NEAR(residual.rmse, row.rmse, unit) << row.name;
    EXPECT_NEAR(residual.mae, row.mae, unit) << row.name;
  }
}

TEST(PublishedSlipsTest, TheErrorsUnderVggAreThoseWithoutDensenet) {
  const Errors stale = reproduce(published_regression("inference-no-densenet"), study()).published_errors,
               own = reproduce(published_regression("inference-vgg"), study()).published_errors;
  EXPECT_TRUE(agrees_with(stale.rmse, "22.04718"));
  EXPECT_TRUE(agrees_with(stale.mae, "17.04438"));
  EXPECT_FALSE(agrees_with(own.rmse, "22.04718"));
}

TEST(PublishedSlipsTest, SixOfTwentySevenCarbonFiguresStandInTheirOwnRow) {
  const auto rows = misaligned_co2(study());
  ASSERT_EQ(rows.size(), 27u);
  std::size_t in_table = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].right, i < 6) << rows[i].model << ": wrong from mnasnet1_0 on";
    EXPECT_NEAR(rows[i].printed_kg, rows[i].rebuilt_kg, 0.5e-4 * (1 + 1e-9)) << rows[i].model;
    in_table += rows[i].source_in_table ? 1 : 0;
  }
  EXPECT_EQ(in_table, 24u);
  EXPECT_EQ(rows[6].model, "mnasnet1_0");
  const auto resnet101 =
      std::find_if(rows.begin(), rows.end(), [](const Co2Row& r) { return r.model == "resnet101"; });
  EXPECT_EQ(resnet101->source, "mobilenet_v2");
  EXPECT_NEAR(resnet101->printed_kg, .0040, 1e-12);
  EXPECT_NEAR(resnet101->correct_kg, .0052, .5e-4);
  const auto resnet18 =
      std::find_if(rows.begin(), rows.end(), [](const Co2Row& r) { return r.model == "resnet18"; });
  EXPECT_EQ(resnet18->source, "resnet152");
  EXPECT_NEAR(resnet18->correct_kg, .0038, .5e-4);
}

TEST(PublishedSlipsTest, TheEarlierColumnIsTheSameShiftAtAnotherIntensity) {
  const auto rows = misaligned_co2(study());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double kg = study().inference_rows[i].kg_co2e_623;
    EXPECT_NEAR(kg / (0.623 * rows[i].source_kwh), 1, 1e-12) << rows[i].model;
  }
}

TEST(PublishedSlipsTest, ThreeUnpublishedEnergiesAreGivenAway) {
  const auto recovered = recovered_energies(study());
  ASSERT_EQ(recovered.size(), 3u);
  const std::size_t column = study().models.column("infer10k_kWh");
  for (const RecoveredEnergy& found : recovered)
    for (std::size_t row = 0; row < study().models.rows.size(); ++row)
      if (study().models.rows[row][0] == found.model) {
        EXPECT_NEAR(found.kwh / study().models.required_number(row, column), 1, 1e-12) << found.model;
        EXPECT_NE(std::string(kRecoveredModels).find(found.model), std::string::npos);
      }
}

TEST(PublishedSlipsTest, NeighbouringRunsShareWholeSeconds) {
  for (const std::size_t i : runs_that_share_a_second(study())) {
    const TimeSpan &one = study().inference_runs[i].span, &next = study().inference_runs[i + 1].span;
    EXPECT_EQ(std::floor(one.to), std::floor(next.from));
    EXPECT_LT(one.to, next.from);
  }
  // alexnet ends at 15:50:52.335, densenet121 begins at 15:50:52.538
  EXPECT_EQ(runs_that_share_a_second(study()).front(), 0u);
}

TEST(PublishedSlipsTest, AnEpochOfResnet50IsAFractionOfAPfsDay) {
  const Slip slip = published_slips(study()).back();
  for (const auto& row : slip.rows)
    if (row[0] == "resnet50") {
      EXPECT_NEAR(std::stod(row[2]), 8.223029248 * 7.2e6, 10);
      EXPECT_NEAR(std::stod(row[3]), 8.223029248e9 * 3 * 1.2e6 / (1e15 * 86400), 1e-9)
          << "FLOP over a pfs-day";
    }
}

}  // namespace
}  // namespace packrat
