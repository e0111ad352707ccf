#include "engine/energy/power_log.h"

#include <gmock/gmock.h>

#include "engine/core/error.h"
#include "tests/support/temp_folder.h"

namespace packrat {
namespace {

using ::testing::HasSubstr;

std::string refusal(const std::string& text, const PowerLogFormat& format = {}) {
  const TempFolder folder;
  try {
    read_power_log(folder.write("log.csv", text), format);
  } catch (const UserError& error) {
    return error.what();
  }
  return "not refused";
}

TEST(PowerLogTest, ReadsColumnsByNameInAnyOrder) {
  const TempFolder folder;
  const auto file =
      folder.write("log.csv", "plug,watts,timestamp\nA,81.5,2020-08-07T14:46:21Z\nA,200,1596811584\n");
  const PowerLog log = read_power_log(file, {});
  ASSERT_EQ(log.readings.size(), 2u);
  EXPECT_EQ(log.readings[0].time, 1596811581);
  EXPECT_EQ(log.readings[0].watts, 81.5);
  EXPECT_EQ(log.readings[1].time, 1596811584);
}

TEST(PowerLogTest, ColumnsAndZoneCanBeChosen) {
  const TempFolder folder;
  PowerLogFormat format;
  format.time_column = "when";
  format.watts_column = "P";
  format.zone = parse_time_zone("+01:00");
  const PowerLog log = read_power_log(folder.write("log.csv", "when,P\n2020-08-07 15:46:21,7\n"), format);
  EXPECT_EQ(log.readings.at(0).time, 1596811581);
}

TEST(PowerLogTest, AnUnfinishedLineOfAGrowingLogIsLeftForLater) {
  const TempFolder folder;
  const auto file = folder.write("log.csv", "timestamp,watts\n1,10\n2,2");
  PowerLogFormat format;
  EXPECT_EQ(read_power_log(file, format).readings.size(), 2u);
  format.growing = true;
  EXPECT_EQ(read_power_log(file, format).readings.size(), 1u);
}

TEST(PowerLogTest, RefusalsNameTheRow) {
  EXPECT_THAT(refusal("time,watts\n1,2\n"), HasSubstr("no column 'timestamp'"));
  EXPECT_THAT(refusal("timestamp,watts\n1,2\n2,-1\n"), HasSubstr("row 2: -1 W is negative"));
  EXPECT_THAT(refusal("timestamp,watts\n1,2\n1,3\n"), HasSubstr("row 2: its time"));
  EXPECT_THAT(refusal("timestamp,watts\n5,2\n1,3\n"), HasSubstr("sort the log by time"));
  EXPECT_THAT(refusal("timestamp,watts\n1,\n"), HasSubstr("row 1"));
  EXPECT_THAT(refusal("timestamp,watts\n1,two\n"), HasSubstr("'two' is not a number"));
  EXPECT_THAT(refusal("timestamp,watts\n2020-08-07 15:46:21,2\n"), HasSubstr("row 1: timestamp"));
}

}  // namespace
}  // namespace packrat
