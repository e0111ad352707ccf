#include "engine/energy/power_log.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <ctime>

#include "engine/core/error.h"
#include "engine/core/rng.h"
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

std::vector<double> minutes_after(const char* begin, const PowerLog& log) {
  std::vector<double> minutes;
  for (const PowerReading& reading : log.readings)
    minutes.push_back((reading.time - parse_timestamp(begin, {})) / 60);
  return minutes;
}

/// Berlin's rules, and a log in its local time.
class LocalLogTest : public ::testing::Test {
 protected:
  LocalLogTest() {
    ::setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    ::tzset();
    format_.zone = parse_time_zone("local");
  }
  ~LocalLogTest() override {
    ::unsetenv("TZ");
    ::tzset();
  }
  static std::string of(const std::vector<std::string>& times) {
    std::string text = "timestamp,watts\n";
    for (const std::string& time : times) text += "2026-10-25 " + time + ",100\n";
    return text;
  }
  PowerLogFormat format_;
};

TEST_F(LocalLogTest, OverTheEndOfSummerTimeTheOrderOfRowsTellsWhichHourIsMeant) {
  const TempFolder folder;
  struct Case {
    std::vector<std::string> times;
    std::vector<double> minutes;  ///< after 2:00 of summer time
  };
  for (const Case& c : {Case{{"01:50:00", "02:20:00", "02:50:00", "02:20:00", "02:50:00", "03:10:00"},
                             {-10, 20, 50, 80, 110, 130}},
                        Case{{"02:59:59", "02:00:00"}, {59 + 59 / 60.0, 60}},
                        Case{{"02:30:00", "02:30:00", "03:30:00"}, {30, 90, 150}},
                        Case{{"02:05:00+01:00", "02:10:00", "03:30:00"}, {65, 70, 150}},
                        Case{{"02:10:00", "02:20:00", "02:21:00+02:00"}, {10, 20, 21}},
                        Case{{"01:00:00", "03:30:00"}, {-60, 150}}}) {
    const PowerLog log = read_power_log(folder.write("log.csv", of(c.times)), format_);
    EXPECT_EQ(minutes_after("2026-10-25T00:00:00Z", log), c.minutes) << c.times[0];
  }
}

TEST_F(LocalLogTest, WhatTheOrderDoesNotTellIsAskedForAndNotGuessed) {
  for (const auto& times : std::vector<std::vector<std::string>>{
           {"02:10:00", "02:50:00", "03:10:00"}, {"01:50:00", "02:20:00", "03:10:00"}, {"02:30:00"}})
    EXPECT_THAT(refusal(of(times), format_), HasSubstr("summer time")) << times[0];
  EXPECT_THAT(refusal(of({"02:20:00", "02:10:00", "02:05:00"}), format_), HasSubstr("sort the log by time"));
  EXPECT_THAT(refusal(of({"03:20:00", "02:10:00"}), format_), HasSubstr("sort the log by time"));
}

TEST(PowerLogTest, ReadsTheOddFormatsOfMetersAndSpreadsheets) {
  const TempFolder folder;
  for (const std::string text :
       {"timestamp;watts\n2026-01-01T12:00:00Z;100,5\n2026-01-01T12:00:20Z;101\n",
        "timestamp\twatts\n1767268800\t100.5\n1767268820\t101\n",
        "timestamp,watts\n1767268800000,100.5\n1767268820000,101\n",
        "timestamp,watts\n1767268800000000,100.5\n1767268820000000,101\n",
        "watts,timestamp\n100.5,1767268800000000000\n101,1767268820000000000\n",
        "# Shelly export\ntimestamp,watts\n2026-01-01 12:00:00 UTC,100.5\n# restarted\n2026-01-01 12:00:20 "
        "+0000,101\n",
        "sep=;\r\ntimestamp;watts\r\n2026-01-01T12:00:00,0Z;100,5\r\n2026-01-01T12:00:20Z;101,0\r\n"}) {
    const PowerLog log = read_power_log(folder.write("log.csv", text), {});
    ASSERT_EQ(log.readings.size(), 2u) << text;
    EXPECT_EQ(log.readings[0].time, 1767268800) << text;
    EXPECT_EQ(log.readings[1].time, 1767268820) << text;
    EXPECT_EQ(log.readings[0].watts, 100.5) << text;
  }
}

/// `text` with up to four pieces put in, taken out or changed.
std::string mutated(std::string text, const std::vector<std::string>& pieces, Rng& rng) {
  for (std::uint64_t changes = rng.below(5); changes > 0; --changes) {
    const std::size_t at = rng.below(text.size() + 1);
    const std::uint64_t kind = rng.below(3);
    if (kind == 0) text.insert(at, pieces[rng.below(pieces.size())]);
    if (kind == 1) text.erase(at, rng.below(12));
    if (kind == 2 && at < text.size()) text[at] = static_cast<char>(rng.below(256));
  }
  return text;
}

TEST_F(LocalLogTest, AnAlteredLogIsReadToReadingsInOrderOrRefusedInOneLine) {
  const TempFolder folder;
  const std::vector<std::string> pieces{"\n",
                                        "\r",
                                        ";",
                                        ",",
                                        "\t",
                                        "\"",
                                        "#",
                                        "nan",
                                        "inf",
                                        "-",
                                        "1e308",
                                        "1e400",
                                        "\xff",
                                        "+99:00",
                                        "sep=;\n",
                                        "0x10",
                                        "99999999999999",
                                        std::string(1, '\0'),
                                        "2026-02-30T00:00:00Z"};
  const std::vector<std::string> logs{of({"01:50:00", "02:20:00", "02:50:00", "02:20:00", "03:10:00"}),
                                      "timestamp;watts\n1767268800;100,5\n1767268810000;100\n1767268820;3\n"};
  Rng rng(7);
  int read = 0, refused = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto file = folder.write("log.csv", mutated(logs[rng.below(logs.size())], pieces, rng));
    try {
      const PowerLog log = read_power_log(file, format_);
      ++read;
      for (std::size_t r = 0; r < log.readings.size(); ++r) {
        EXPECT_TRUE(log.readings[r].watts >= 0 && log.readings[r].watts <= 1e6);
        if (r > 0) {
          EXPECT_GT(log.readings[r].time, log.readings[r - 1].time);
        }
      }
    } catch (const UserError& error) {
      ++refused;
      EXPECT_THAT(error.what(), HasSubstr("log.csv"));
    }
  }
  EXPECT_GT(read, 100);
  EXPECT_GT(refused, 100);
}

TEST(PowerLogTest, RefusalsNameTheRow) {
  EXPECT_THAT(refusal("time,watts\n1,2\n"), HasSubstr("no column 'timestamp'"));
  EXPECT_THAT(refusal("time,watts\n1,2\n"), HasSubstr("--time_column"));
  EXPECT_THAT(refusal("timestamp,watts\n1,2\n2,-1\n"), HasSubstr("row 2: -1 W is negative"));
  EXPECT_THAT(refusal("timestamp,watts\n1,2\n1,3\n"), HasSubstr("row 2: its time"));
  EXPECT_THAT(refusal("timestamp,watts\n5,2\n1,3\n"), HasSubstr("sort the log by time"));
  EXPECT_THAT(refusal("timestamp,watts\n1,\n"), HasSubstr("row 1"));
  EXPECT_THAT(refusal("timestamp,watts\n1,two\n"), HasSubstr("'two' is not a number"));
  EXPECT_THAT(refusal("timestamp,watts\n2020-08-07 15:46:21,2\n"), HasSubstr("row 1: timestamp"));
  EXPECT_THAT(refusal("timestamp,watts\n1,2\n2,2e9\n"),
              HasSubstr("row 2: 2000000000 W is more than a megawatt"));
  EXPECT_THAT(refusal("timestamp,watts\n1,2\n2"), HasSubstr("the last line is cut off"));
  EXPECT_THAT(refusal("timestamp,watts\n20260101120000,2\n"), HasSubstr("row 1: timestamp '20260101120000'"));
}

}  // namespace
}  // namespace packrat
