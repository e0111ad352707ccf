#include "engine/energy/energy_report.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "engine/core/error.h"

namespace packrat {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

EnergyReport measured() {
  EnergyReport report;
  report.reading.seconds = 100;
  report.reading.source = "power_log";
  report.reading.method = "power log, trapezoid rule";
  report.reading.joules = 18e3;
  return report;
}

TEST(EnergyReportTest, KilowattHoursAndCarbonFollowFromJoules) {
  EnergyReport report = measured();
  EXPECT_DOUBLE_EQ(*report.kwh(), 0.005);
  EXPECT_DOUBLE_EQ(*report.kg_co2e(), 0.005 * 0.253) << "the published 253 g/kWh unless told otherwise";
  report.carbon = given_carbon_intensity(40);
  EXPECT_DOUBLE_EQ(*report.kg_co2e(), 0.005 * 0.040);
}

TEST(EnergyReportTest, IdlePowerIsTakenOffOverTheWholeTime) {
  EnergyReport report = measured();
  report.idle_watts = 80;
  EXPECT_DOUBLE_EQ(*report.idle_joules(), 8000);
  EXPECT_DOUBLE_EQ(*report.net_joules(), 10000);
  EXPECT_DOUBLE_EQ(*report.kwh(), 10000 / 3.6e6);
}

TEST(EnergyReportTest, NamesTheCarbonIntensityItUses) {
  EnergyReport report = measured();
  EXPECT_THAT(describe(report), HasSubstr("253 g/kWh, uk-published"));
  EXPECT_EQ(to_json(report)["carbon_intensity"]["name"], "uk-published");
  report.carbon = given_carbon_intensity(12.5);
  EXPECT_THAT(describe(report), HasSubstr("12.5 g/kWh, given"));
  EXPECT_THROW(find_carbon_intensity("mars"), UserError);
  EXPECT_THROW(given_carbon_intensity(-1), UserError);
}

TEST(EnergyReportTest, WithoutASourceThereIsTimeAndAReasonAndNoFigure) {
  EnergyReport report;
  report.reading.seconds = 3;
  report.reading.why_none = "no counters here";
  report.idle_watts = 10;
  EXPECT_FALSE(report.net_joules());
  EXPECT_FALSE(report.kg_co2e());
  EXPECT_THAT(describe(report), HasSubstr("Energy not measured: no counters here"));
  EXPECT_THAT(describe(report), Not(HasSubstr("kWh")));
  const nlohmann::json json = to_json(report);
  EXPECT_TRUE(json["joules"].is_null());
  EXPECT_TRUE(json["kg_co2e"].is_null());
  EXPECT_EQ(json["why"], "no counters here");
}

TEST(EnergyReportTest, GapsAndHeldEndsAreTold) {
  EnergyReport report = measured();
  report.reading.log = {18e3, 7, {{1596811581, 1596811641}}, 1.5};
  EXPECT_THAT(describe(report), HasSubstr("gap of 60.0 s"));
  EXPECT_THAT(describe(report), HasSubstr("held for 1.500 s"));
  const nlohmann::json log = to_json(report)["log"];
  EXPECT_EQ(log["gaps"][0]["from"], "2020-08-07T14:46:21.000Z");
  EXPECT_EQ(log["readings"], 7);
}

}  // namespace
}  // namespace packrat
