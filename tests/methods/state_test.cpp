#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "compressors/spec_text.h"
#include "engine/core/error.h"
#include "tests/methods/method_rows.h"

namespace packrat {
namespace {

/// The published sizes, from the options alone.
std::int64_t formula_of(const std::string& spec, const MethodSetting& setting) {
  const StageText text = parse_spec(spec)[0];
  const auto option = [&](const char* key, const std::string& otherwise) {
    return text.find(key) != nullptr ? *text.find(key) : otherwise;
  };
  const std::map<std::string, std::int64_t> positions{
      {"none", setting.shape[1] * setting.shape[2]}, {"1x1", 1}, {"1x2", 2}};
  std::int64_t d = setting.shape[0] * positions.at(option("pool", "none"));
  const std::int64_t c = setting.classes;
  if (text.name == "ncm") return 4 * c * d + 4 * c;
  if (text.name == "ridge") {
    if (text.find("features") != nullptr) d = std::stoll(*text.find("features"));
    return 4 * c * d + 2 * d * (d + 1) + 4 * c;
  }
  const std::string precision = option("precision", "float32");
  const std::int64_t matrix = precision == "float32"    ? 2 * d * (d + 1)
                              : precision == "bfloat16" ? d * (d - 1) + 4 * d
                                                        : d * (d - 1) / 2 + 4 * d;
  const std::int64_t means = (precision == "float32" ? 4 : 2) * c * d;
  return means + (text.name == "slda" ? 1 : c) * matrix + 4 * c;
}

TEST(MethodState, IsAsLargeAsTheFormulaSaysForEverySpec) {
  for (const std::string& spec : streaming_specs())
    for (const int classes : {1, 3, 10})
      for (const auto& shape : {std::array<std::int64_t, 3>{6, 2, 2}, {5, 1, 2}, {1, 2, 2}}) {
        SCOPED_TRACE(fmt::format("{}, {} classes, {}x{}x{}", spec, classes, shape[0], shape[1], shape[2]));
        const MethodRows data = method_rows(shape, classes, 40);
        const auto method = make_method(spec, data.setting());
        const std::int64_t expected = formula_of(spec, data.setting());
        EXPECT_EQ(kept_bytes(*method), expected);
        EXPECT_EQ(method_bytes(spec, data.setting()), expected);
        method->observe(data.rows(), data.labels);
        method->end_of_task();
        EXPECT_EQ(kept_bytes(*method), expected);
        EXPECT_EQ(static_cast<std::int64_t>(method->state().size()), expected);
      }
}

TEST(MethodState, HasThePublishedBytesAtThePublishedSizes) {
  const MethodSetting ten{{256, 2, 2}, 10}, hundred{{256, 2, 2}, 100};
  const std::vector<std::tuple<const char*, std::int64_t, std::int64_t>> table{
      {"ncm", 41000, 410000},
      {"slda:pool=1x1,precision=bfloat16", 71464, 117904},
      {"slda:pool=1x2,precision=bfloat16", 273960, 366480},
      {"slda:precision=int8", 548392, 733072},
      {"slda:precision=bfloat16", 1072168, 1256848},
      {"ridge", 2140200, 2509200}};
  for (const auto& [spec, of_ten, of_hundred] : table) {
    EXPECT_EQ(method_bytes(spec, ten), of_ten) << spec;
    EXPECT_EQ(method_bytes(spec, hundred), of_hundred) << spec;
  }
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
