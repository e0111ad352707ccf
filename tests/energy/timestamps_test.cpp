#include "engine/energy/timestamps.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <ctime>

#include "engine/core/error.h"

namespace packrat {
namespace {

using ::testing::HasSubstr;

const TimeZone kUtc = parse_time_zone("UTC");

TEST(TimestampsTest, EverySpellingOfAMomentIsTheSameMoment) {
  // date -u -d 2020-08-07T14:46:21 +%s
  for (const char* text :
       {"1596811581.5", "2020-08-07T14:46:21.5Z", "2020-08-07 14:46:21.500", "2020-08-07T14:46:21,5",
        "2020-08-07T15:46:21.5+01:00", "2020-08-07T15:46:21.5+01", "2020-08-07T09:16:21.5-0530"})
    EXPECT_DOUBLE_EQ(parse_timestamp(text, kUtc), 1596811581.5) << text;
  EXPECT_EQ(parse_timestamp("1970-01-01 00:00", kUtc), 0);
  EXPECT_EQ(parse_timestamp("2020-08-07 15:46:21", parse_time_zone("+01:00")), 1596811581);
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
  ::setenv("TZ", "GMT0BST,M3.5.0/1,M10.5.0", 1);
  ::tzset();
  const TimeZone local = parse_time_zone("local");
  EXPECT_EQ(parse_timestamp("2020-08-07 15:46:21", local), 1596811581);
  EXPECT_EQ(parse_timestamp("2020-01-01 00:00:00", local), parse_timestamp("2020-01-01T00:00:00Z", local));
  ::unsetenv("TZ");
  ::tzset();
}

TEST(TimestampsTest, WhatIsNoMomentIsAUserError) {
  for (const char* text : {"", "yesterday", "2020-02-30T00:00:00Z", "2021-02-29T00:00:00Z",
                           "2020-13-01T00:00:00Z", "2020-08-07T24:00:00Z", "2020-08-07T12:60:00Z",
                           "2020-08-07", "2020-08-07T12:00:00+25:00", "2020-8-7 12:00:00", "12:00:00"})
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
