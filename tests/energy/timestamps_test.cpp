#include "engine/energy/timestamps.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <ctime>

#include "engine/core/error.h"

namespace packrat {
namespace {

using ::testing::HasSubstr;

const TimeZone kUtc = parse_time_zone("UTC");

/// The zone of this machine while it lives.
struct MachineZone {
  explicit MachineZone(const char* zone) {
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
  ~MachineZone() {
    ::unsetenv("TZ");
    ::tzset();
  }
  MachineZone(const MachineZone&) = delete;
  MachineZone& operator=(const MachineZone&) = delete;
};

TEST(TimestampsTest, EverySpellingOfAMomentIsTheSameMoment) {
  // date -u -d 2020-08-07T14:46:21 +%s
  for (const char* text :
       {"1596811581.5", "2020-08-07T14:46:21.5Z", "2020-08-07 14:46:21.500", "2020-08-07T14:46:21,5",
        "2020-08-07T15:46:21.5+01:00", "2020-08-07T15:46:21.5+01", "2020-08-07T09:16:21.5-0530",
        "2020-08-07 15:46:21.5 +0100", "2020-08-07 14:46:21.5 UTC", "1596811581500", "1596811581500000",
        "1596811581500000000", "1.5968115815e9"})
    EXPECT_DOUBLE_EQ(parse_timestamp(text, kUtc), 1596811581.5) << text;
  EXPECT_EQ(parse_timestamp("1970-01-01 00:00", kUtc), 0);
  EXPECT_EQ(parse_timestamp("2020-08-07 15:46:21", parse_time_zone("+01:00")), 1596811581);
}

TEST(TimestampsTest, DigitsBeyondWhatANumberHoldsChangeNothing) {
  EXPECT_DOUBLE_EQ(parse_timestamp("2020-08-07T14:46:21.5" + std::string(1000, '3') + "Z", kUtc),
                   1596811581.5 + 1.0 / 30);
}

TEST(TimestampsTest, NumbersOfNoCalendarAreRefused) {
  for (const char* text : {"-1e300", "1e300", "-4200000001"})
    EXPECT_THROW(parse_timestamp(text, kUtc), UserError) << text;
  EXPECT_EQ(format_timestamp(parse_timestamp("-86400", kUtc)), "1969-12-31T00:00:00.000Z");
}

TEST(TimestampsTest, ATimeWithoutAZoneIsNeverGuessed) {
  try {
    parse_timestamp("2020-08-07 15:46:21", TimeZone{});
    ADD_FAILURE() << "a zone was guessed";
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr("has no time zone"));
  }
  EXPECT_NO_THROW(parse_timestamp("2020-08-07 15:46:21Z", TimeZone{}));
  EXPECT_NO_THROW(parse_timestamp("1596811581", TimeZone{}));
}

TEST(TimestampsTest, LocalTimeFollowsTheMachinesZoneAndItsSummerTime) {
  const MachineZone london("GMT0BST,M3.5.0/1,M10.5.0");
  const TimeZone local = parse_time_zone("local");
  EXPECT_EQ(parse_timestamp("2020-08-07 15:46:21", local), 1596811581);
  EXPECT_EQ(parse_timestamp("2020-01-01 00:00:00", local), parse_timestamp("2020-01-01T00:00:00Z", local));
}

TEST(TimestampsTest, ALocalTimeThatCameTwiceIsToldAndOneThatNeverCameIsRefused) {
  const TimeZone local = parse_time_zone("local");
  struct Case {
    const char *zone, *twice, *first, *second, *never;
  };
  // Berlin; New York; Lord Howe Island, by half an hour.
  for (const Case& c :
       {Case{"CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25 02:10:00", "2026-10-25T00:10:00.000Z",
             "2026-10-25T01:10:00.000Z", "2026-03-29 02:30:00"},
        Case{"EST5EDT,M3.2.0,M11.1.0", "2026-11-01 01:59:59", "2026-11-01T05:59:59.000Z",
             "2026-11-01T06:59:59.000Z", "2026-03-08 02:00:00"},
        Case{"LHST-10:30LHDT-11,M10.1.0,M4.1.0", "2026-04-05 01:45:00", "2026-04-04T14:45:00.000Z",
             "2026-04-04T15:15:00.000Z", "2026-10-04 02:15:00"}}) {
    const MachineZone zone(c.zone);
    try {
      parse_timestamp(c.twice, local);
      ADD_FAILURE() << c.zone << " guessed";
    } catch (const UserError& error) {
      EXPECT_THAT(error.what(), HasSubstr("summer time"));
      EXPECT_THAT(error.what(), HasSubstr(std::string(c.first) + " or " + c.second));
    }
    EXPECT_THROW(parse_timestamp(c.never, local), UserError) << c.zone;
    EXPECT_EQ(possible_moments(c.twice, local).size(), 2u);
    EXPECT_EQ(possible_moments(std::string(c.twice) + "Z", local).size(), 1u)
        << "a zone of its own settles it";
  }
}

TEST(TimestampsTest, WhatIsNoMomentIsAUserError) {
  for (const char* text : {"",
                           "yesterday",
                           "2020-02-30T00:00:00Z",
                           "2021-02-29T00:00:00Z",
                           "2020-13-01T00:00:00Z",
                           "2020-08-07T24:00:00Z",
                           "2020-08-07T12:60:00Z",
                           "2020-08-07",
                           "2020-08-07T12:00:00+25:00",
                           "2020-8-7 12:00:00",
                           "12:00:00",
                           "2020-08-07T12:00:00.Z",
                           "2020-08-07T12:00:00+01:",
                           "2020-08-07T12:00:00 BST",
                           "07.08.2020 12:00:00",
                           "08/07/2020 12:00:00",
                           "20200807121500",
                           "99999999999",
                           "1e300",
                           "2020-08-07T12:00:00Zx",
                           "2020-08-07T12:00:60Z"})
    EXPECT_THROW(parse_timestamp(text, kUtc), UserError) << text;
  for (const char* text : {"", "BST", "Europe/London", "+1", "utc", "+15:00"})
    EXPECT_THROW(parse_time_zone(text), UserError) << text;
}

TEST(TimestampsTest, TextReadsBackToTheMillisecond) {
  EXPECT_EQ(format_timestamp(1596811581.2704), "2020-08-07T14:46:21.270Z");
  EXPECT_EQ(format_timestamp(-0.25), "1969-12-31T23:59:59.750Z");
  for (const double time : {0.0, 951782400.0, 1596811581.999})
    EXPECT_NEAR(parse_timestamp(format_timestamp(time), TimeZone{}), time, 1e-6);
}

}  // namespace
}  // namespace packrat
