#include "engine/studies/roofline/platform.h"

#include <gmock/gmock.h>

#include <ostream>

#include "engine/core/csv.h"
#include "engine/core/files.h"
#include "engine/core/shipped_files.h"
#include "tests/data/expect_error.h"
#include "tests/support/temp_folder.h"

namespace packrat {
namespace {
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing_data::user_error;

// Ours is the final state's table, cell by cell.
TEST(Platforms, AreThoseOfThePublishedTable) {
  const PlatformTable platforms = load_platforms();
  const CsvTable table = read_csv(shipped_table("qutibench/head/hardware_platforms.csv"));
  int rows = 0;
  for (const std::vector<std::string>& row : table.rows) {
    if (row[0].empty()) continue;
    ++rows;
    std::string name = row[0];
    if (const std::size_t tail = name.find("-INT8"); tail != std::string::npos) name.erase(tail);
    const Platform& platform = platforms.get(name);
    for (std::size_t c = 1; c <= 5; ++c) {
      const Precision precision = parse_precision(table.heading[c]);
      const auto listed = parse_number(row[c]);
      ASSERT_EQ(platform.has(precision), listed.has_value()) << name << " " << table.heading[c];
      if (!listed) continue;
      EXPECT_EQ(platform.peak_tops.at(precision), *listed) << name;
    }
    EXPECT_EQ(platform.bandwidth_gb_s, parse_number(row[6])) << name;
    EXPECT_EQ(platform.memory_gb, parse_number(row[7])) << name;
    EXPECT_EQ(platform.power_w, parse_number(row[8])) << name;
  }
  EXPECT_EQ(rows, 12);
  EXPECT_EQ(platforms.all().size(), 12u);
}

TEST(Platforms, AreFoundByEveryNameOfTheTables) {
  const PlatformTable platforms = load_platforms();
  for (const auto& [label, name, precision] : std::vector<std::tuple<const char*, const char*, Precision>>{
           {"Ultra96-INT8", "Ultra96-DPU", Precision::kInt8},
           {"TX2 maxn FP16", "TX2-maxn", Precision::kFp16},
           {"GPU-maxp_FP32", "TX2-maxp", Precision::kFp32},
           {"TPU-fast-INT8", "EdgeTPU-fast", Precision::kInt8},
           {"NCS2_FP16", "NCS", Precision::kFp16},
           {"U96-Quadcore A53-INT2", "U96-Quadcore-A53", Precision::kInt2},
           {"ZCU104-Bismo_INT4", "ZCU104-BISMO", Precision::kInt4}}) {
    const PlatformLabel parsed = parse_platform_label(platforms, label);
    EXPECT_EQ(parsed.platform->name, name) << label;
    EXPECT_EQ(parsed.precision, precision) << label;
  }
  EXPECT_THAT(user_error([&] { platforms.get("TX3"); }), AllOf(HasSubstr("'TX3'"), HasSubstr("TX2-maxn")));
  EXPECT_THAT(user_error([&] { parse_platform_label(platforms, "TX2-maxn"); }), HasSubstr("precision"));
}

TEST(Platforms, OfTheUserJoinTheTable) {
  const TempFolder folder;
  const auto put = [&](const std::string& text) {
    write_file_atomically(folder / "mine.json", [&](std::ostream& out) { out << text; });
  };
  const auto load = [&] { return load_platforms({folder / "mine.json"}); };
  put(R"({"platforms": [{"name": "board", "peak_tops": {"bfloat16": 2.5}, "bandwidth_gb_s": 10}]})");
  EXPECT_EQ(load().get("Board").roof(Precision::kBf16).peak_tops, 2.5);
  for (const auto& [text, message] : std::vector<std::pair<const char*, const char*>>{
           {"", "is no list of platforms"},
           {R"({"platforms": [{"name": "b"}]})", "peak_tops"},
           {R"({"platforms": [{"name": "b", "peak_tops": {}, "bandwidth_gb_s": 1}]})",
            "'peak_tops' is empty"},
           {R"({"platforms": [{"name": "b", "peak_tops": {"INT8": -1}, "bandwidth_gb_s": 1}]})", "above 0"},
           {R"({"platforms": [{"name": "b", "peak_tops": {"INT7": 1}, "bandwidth_gb_s": 1}]})", "INT7"},
           {R"({"platforms": [{"name": "b", "peak_tops": {"INT8": 1}, "bandwidth_gb_s": "x"}]})", "above 0"},
           {R"({"platforms": [{"name": "ncs2", "peak_tops": {"INT8": 1}, "bandwidth_gb_s": 1}]})",
            "two platforms"}}) {
    put(text);
    EXPECT_THAT(user_error([&] { load(); }), HasSubstr(message)) << text;
  }
}

}  // namespace
}  // namespace packrat
