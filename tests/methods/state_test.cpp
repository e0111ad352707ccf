#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "compressors/spec_text.h"
#include "engine/core/error.h"
#include "engine/methods/packed_symmetric.h"
#include "tests/methods/method_rows.h"

namespace packrat {
namespace {

TEST(MethodState, HasThePublishedBytesAtThePublishedSizes) {
  const MethodSetting ten{{256, 2, 2}, 10}, hundred{{256, 2, 2}, 100};
  const std::vector<std::tuple<const char*, std::int64_t, std::int64_t>> table{
      {"ncm", 41000, 410000},
      {"slda:pool=1x1,precision=bfloat16", 71464, 117904},
      {"slda:pool=1x2,precision=bfloat16", 273960, 366480},
      {"slda:precision=int8", 552488, 737168},
      {"slda:precision=bfloat16", 1072168, 1256848},
      {"ridge", 2140200, 2509200}};
  for (const auto& [spec, of_ten, of_hundred] : table) {
    EXPECT_EQ(method_bytes(spec, ten), of_ten) << spec;
    EXPECT_EQ(method_bytes(spec, hundred), of_hundred) << spec;
  }
}

/// The values of some of each row's places.
std::vector<float> taken(const MethodRows& data, const std::vector<std::int64_t>& places) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < data.count(); ++i)
    for (const std::int64_t place : places) values.push_back(data.rows().row(i)[place]);
  return values;
}

TEST(MethodBlocks, AreTheRowsOfThoseBlocksAlone) {
  const MethodRows data = method_rows({11, 1, 1}, 3, 300);
  MethodSetting setting = data.setting();
  setting.parts = {{"1", {3, 1, 1}}, {"2", {2, 1, 2}}, {"4", {4, 1, 1}}};
  const std::vector<std::pair<const char*, std::vector<std::int64_t>>> table{
      {"blocks=1", {0, 1, 2}},
      {"blocks=2+4", {3, 4, 5, 6, 7, 8, 9, 10}},
      {"blocks=1+4", {0, 1, 2, 7, 8, 9, 10}}};
  for (const auto& [option, places] : table) {
    const auto method = make_method(fmt::format("slda:{}", option), setting);
    EXPECT_EQ(method->spec(), fmt::format("slda:{}", option));
    MethodRows alone = data;
    alone.shape = {static_cast<std::int64_t>(places.size()), 1, 1};
    alone.values = taken(data, places);
    const auto expected = make_method("slda", alone.setting());
    method->observe(data.rows(), data.labels);
    expected->observe(alone.rows(), alone.labels);
    method->end_of_task();
    expected->end_of_task();
    EXPECT_TRUE(method->state() == expected->state()) << option;
  }
}

TEST(MethodBlocks, ArePooledEachInItsWay) {
  MethodSetting setting = method_rows({8, 1, 1}, 2, 10).setting();
  setting.parts = {{"2", {1, 2, 2}}, {"3", {2, 1, 2}}};
  const std::vector<std::pair<const char*, std::int64_t>> table{{"ncm", 8},
                                                                {"ncm:pool=1x1", 3},
                                                                {"ncm:pool=1x1+none", 5},
                                                                {"ncm:pool=1x2+1x1", 4},
                                                                {"ncm:blocks=3,pool=1x1", 2}};
  for (const auto& [spec, d] : table) {
    EXPECT_EQ(method_bytes(spec, setting), 4 * 2 * d + 4 * 2) << spec;
    EXPECT_EQ(make_method(spec, setting)->spec(), spec);
  }
}

TEST(MethodBlocks, ThatTheRowsDoNotHoldAreRefused) {
  MethodSetting setting = method_rows({6, 1, 1}, 2, 10).setting();
  EXPECT_THAT(refusal([&] { make_method("ncm:blocks=3", setting); }),
              testing::HasSubstr("rows hold no blocks"));
  setting.parts = {{"2", {2, 1, 1}}, {"3", {4, 1, 1}}};
  for (const char* spec : {"ncm:blocks=4", "ncm:blocks=3+2", "ncm:blocks=2+2"})
    EXPECT_THAT(refusal([&] { make_method(spec, setting); }),
                testing::HasSubstr("rows hold blocks 2+3: name some of those, in order"))
        << spec;
}

TEST(PackedInEightBits, IsTheSameBytesWhenItWasReadAndWrittenAgain) {
  const std::vector<double> row{0.3, -1.7, 0, 1e-9, 0.8499};
  std::vector<std::uint8_t> first, second;
  ByteWriter to_first(first), to_second(second);
  write_steps(row.data(), 5, to_first);
  std::vector<double> read(5);
  ByteReader in({first.data(), first.size()});
  read_steps(in, 5, read.data());
  write_steps(read.data(), 5, to_second);
  EXPECT_EQ(first, second);
  for (std::size_t i = 0; i < row.size(); ++i) EXPECT_NEAR(read[i], row[i], 1.7 / 254) << i;
}

/// Both tasks of the data, in calls of at most `chunk` rows; a stop between the tasks when asked for.
std::vector<std::uint8_t> state_after(const std::string& spec, const MethodRows& data, std::int64_t chunk,
                                      int threads, bool stop) {
  auto method = make_method(spec, data.setting(threads));
  const std::int64_t middle = data.count() / 2;
  for (const auto& [from, to] : {std::pair{std::int64_t{0}, middle}, {middle, data.count()}}) {
    for (std::int64_t begin = from; begin < to; begin += chunk) {
      const std::int64_t end = std::min(begin + chunk, to);
      method->observe(data.rows(begin, end), data.labels_of(begin, end));
    }
    method->end_of_task();
    if (!stop) continue;
    const std::vector<std::uint8_t> saved = method->state();
    method = make_method(method->spec(), data.setting(threads));
    method->restore({saved.data(), saved.size()});
  }
  return method->state();
}

TEST(MethodState, IsTheSameForAnyChunksThreadsAndStops) {
  // Wide enough for several tiles of the products, long enough for several blocks.
  const MethodRows data = method_rows({70, 2, 2}, 4, 700);
  for (const std::string& spec : streaming_specs()) {
    SCOPED_TRACE(spec);
    const auto expected = state_after(spec, data, data.count(), 1, false);
    EXPECT_TRUE(state_after(spec, data, 1, 1, false) == expected) << "row by row";
    EXPECT_TRUE(state_after(spec, data, 97, 2, false) == expected) << "97 rows a call, two threads";
    EXPECT_TRUE(state_after(spec, data, 256, 2, true) == expected) << "stopped between the tasks";
  }
}

TEST(MethodState, GivesTheSameScoresAfterItWasRestored) {
  const MethodRows data = method_rows({6, 2, 2}, 3, 300);
  for (const std::string& spec : streaming_specs()) {
    const auto method = fitted_method(spec, data);
    const std::vector<std::uint8_t> saved = method->state();
    const auto again = make_method(method->spec(), data.setting(2));
    again->restore({saved.data(), saved.size()});
    again->fit(0, {});
    EXPECT_EQ(scores_of(*method, data), scores_of(*again, data)) << spec;
    EXPECT_EQ(again->spec(), method->spec());
  }
}

TEST(MethodState, IsRefusedWhenShortOrLong) {
  const MethodRows data = method_rows({6, 2, 2}, 3, 60);
  for (const std::string& spec : streaming_specs()) {
    const auto method = fitted_method(spec, data);
    std::vector<std::uint8_t> saved = method->state();
    EXPECT_THROW(method->restore({saved.data(), saved.size() - 1}), CorruptEntry) << spec;
    saved.push_back(0);
    EXPECT_THROW(method->restore({saved.data(), saved.size()}), CorruptEntry) << spec;
  }
}

TEST(MethodState, NeverCrashesWhenAltered) {
  const MethodRows data = method_rows({3, 1, 2}, 2, 40);
  for (const std::string& spec : streaming_specs()) {
    if (spec.find("1x2") != std::string::npos) continue;
    SCOPED_TRACE(spec);
    const std::vector<std::uint8_t> saved = fitted_method(spec, data)->state();
    for (std::size_t at = 0; at < saved.size(); ++at)
      for (const std::uint8_t flip : {0x80, 0x7f, 0xff}) {
        std::vector<std::uint8_t> altered = saved;
        altered[at] ^= flip;
        const auto method = make_method(spec, data.setting());
        try {
          method->restore({altered.data(), altered.size()});
          method->fit(0, {});
          for (const float score : scores_of(*method, data)) EXPECT_FALSE(std::isnan(score)) << at;
        } catch (const Error&) {  // that is the other right answer
        }
      }
  }
}

TEST(MethodState, WorkingMemoryIsGivenBackAndTold) {
  const MethodRows data = method_rows({64, 2, 2}, 2, 300);
  for (const std::string spec : {"slda:precision=bfloat16", "ridge"}) {
    const auto method = make_method(spec, data.setting());
    EXPECT_EQ(method->working_bytes(), 0);
    method->observe(data.rows(), data.labels);
    method->end_of_task();
    const std::int64_t matrix = data.width() * data.width() * 8;
    EXPECT_GE(method->working_bytes(), matrix) << spec;
    EXPECT_LE(method->working_bytes(), 3 * matrix) << spec;
  }
}

}  // namespace
}  // namespace packrat
