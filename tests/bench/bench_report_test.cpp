// The page of the benchmarks: best rates out of their output, bars judged by them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/report/bars.h"
#include "bench/report/names.h"
#include "bench/report/page.h"
#include "tests/data/expect_error.h"
#include "tests/data/small_dataset.h"

namespace packrat::bench {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing_data::TempFolder;
using testing_data::user_error;
using testing_data::write_text;

const std::string kContext = R"("context": {"cpu": "C", "kernels": "avx2", "caches": [
  {"type": "Data", "level": 1, "size": 32768}, {"type": "Instruction", "level": 1, "size": 99},
  {"type": "Unified", "level": 2, "size": 524288}]})";

std::string output(const std::string& rows) {
  return "{" + kContext + R"(, "benchmarks": [)" + rows + "]}";
}

Rates read(const std::string& text) {
  const TempFolder folder;
  write_text(folder / "a.json", text);
  Rates rates;
  rates.add_file(folder / "a.json");
  return rates;
}

TEST(BenchReport, TakesTheBestOfTheRepetitionsInAnyUnitOfTime) {
  const Rates rates = read(output(
      R"({"run_name": "a", "run_type": "aggregate", "aggregate_name": "mean", "cpu_time": 9, "time_unit": "ns", "values": 1000},
         {"run_name": "a", "run_type": "aggregate", "aggregate_name": "best", "cpu_time": 4, "time_unit": "us", "values": 8000, "bits": 2.5},
         {"run_name": "b", "run_type": "iteration", "cpu_time": 10, "time_unit": "ns", "values": 10},
         {"run_name": "b", "run_type": "iteration", "cpu_time": 5, "time_unit": "ns", "values": 10})"));
  EXPECT_EQ(rates.rows.size(), 2u);
  EXPECT_DOUBLE_EQ(*rates.at("a"), 2);
  EXPECT_EQ(rates.rows.at("a").bits, 2.5);
  EXPECT_DOUBLE_EQ(*rates.at("b"), 2);
  EXPECT_EQ(rates.at("c"), std::nullopt);
  EXPECT_EQ(rates.data_cache_bytes.at(1), 32768);
  EXPECT_EQ(rates.cpu, "C");
}

TEST(BenchReport, SaysHowLargeTheCachesAreOrThatNothingTells) {
  const auto page_of = [](const std::string& context) {
    return kernels_page(
        read(R"({"context": {"cpu": "C", "kernels": "avx2", )" + context + R"(}, "benchmarks": []})"),
        "k.svg");
  };
  EXPECT_THAT(page_of(R"("caches": [])"), HasSubstr("C, data caches of unknown size; kernels avx2"));
  EXPECT_THAT(page_of(R"("caches": [], "data_cache_L1": "49152", "data_cache_L2": "1048576")"),
              HasSubstr("C, data caches L1 48 KiB, L2 1024 KiB; kernels avx2"));
}

TEST(BenchReport, RefusesAWrongAnswerAndFilesThatAreNoOutput) {
  EXPECT_THAT(user_error([] {
                read(output(R"({"run_name": "l1/x", "run_type": "iteration", "error_occurred": true,
                                "error_message": "the answer is wrong"})"));
              }),
              HasSubstr("l1/x says: the answer is wrong"));
  for (const char* text : {"", "{}", "[]", R"({"benchmarks": []})"})
    EXPECT_THAT(user_error([text] { read(text); }), HasSubstr("a.json is no output"));
}

/// Rates in which every decoder of the AVX2 tier reaches `share` of 10 Gvalues/s.
Rates rates_with(double share) {
  Rates rates;
  rates.kernels = "avx2 (available: avx2)";
  rates.data_cache_bytes[2] = 524288;
  rates.rows["l1/store/avx2/n:1024"].gvalues_s = 10;
  for (int width = 1; width <= kWidths; ++width)
    rates.rows[l1_row("decode", "avx2", width)].gvalues_s = 10 * share;
  return rates;
}

TEST(BenchReport, ABarIsMetWhereEveryCaseReachesItInTheTierThatIsTaken) {
  const Bar l1 = bars(rates_with(1)).front();
  EXPECT_TRUE(judge(l1, rates_with(0.95)).all_met());
  const Judgement narrow = judge(l1, rates_with(0.7));  // 0.8 up to 5 bits, 0.5 above
  EXPECT_EQ(narrow.met, (std::vector<bool>{false, false, false, false, false, true, true, true}));
  EXPECT_TRUE(narrow.applies);
  Rates wider = rates_with(1);
  wider.kernels = "avx512 (available: scalar, avx2, avx512)";
  EXPECT_FALSE(judge(l1, wider).applies) << "the tier that is not taken does not count";
}

TEST(BenchReport, MinibatchesThatDoNotFitTheCacheHaveNoBar) {
  const auto batches = [](std::int64_t cache) {
    Rates rates;
    rates.data_cache_bytes[2] = cache;
    int count = 0;
    for (const Bar& bar : bars(rates)) count += bar.what.rfind("minibatch", 0) == 0 ? 1 : 0;
    return count;
  };
  EXPECT_EQ(batches(64 << 10), 0);
  EXPECT_EQ(batches(512 << 10), 2 * 2);  // 16 and 64 entries of 1024, against two roofs
  EXPECT_EQ(batches(2 << 20), 2 * 4);
}

TEST(BenchReport, AMinibatchStandsBesideStoringAloneAndBesideItsWholeTraffic) {
  Rates rates;
  rates.kernels = "avx2";
  rates.data_cache_bytes[2] = 512 << 10;
  rates.rows["l2/store/avx2/rows:16/n:1024"].gvalues_s = 10;
  for (int width = 1; width <= kWidths; ++width) {
    rates.rows[batch_rows()[0].gather("avx2", width)].gvalues_s = 5;
    rates.rows[batch_rows()[0].traffic(width)].gvalues_s = 5.5;
  }
  const Judgement storing = judge(bars(rates)[2], rates), traffic = judge(bars(rates)[3], rates);
  EXPECT_DOUBLE_EQ(storing.measured[0]->median, 0.5);
  EXPECT_FALSE(storing.met[0]);
  EXPECT_DOUBLE_EQ(traffic.measured[0]->median, 5 / 5.5);
  EXPECT_TRUE(traffic.all_met());
  EXPECT_THAT(kernels_page(rates, "k.svg"), HasSubstr("reading them and storing floats"));
}

TEST(BenchReport, ThePageSaysWhichBarsAreMissed) {
  const std::string page = kernels_page(rates_with(0.7), "k.svg");
  EXPECT_THAT(page, HasSubstr("![Rates against the width of a code](k.svg)"));
  EXPECT_THAT(page, HasSubstr("**0.70** · **0.70** · **0.70** · **0.70** · **0.70** · 0.70 · 0.70 · 0.70"));
  EXPECT_THAT(page, HasSubstr("met in 3 of 8"));
  EXPECT_THAT(page, HasSubstr("not measured"));
  EXPECT_THAT(page, Not(HasSubstr("scalar")));
}

TEST(BenchReport, TheMedianOfTheRunsDecidesAndTheirSpreadIsShown) {
  const TempFolder folder;
  Rates rates;
  for (const double rate : {8.0, 9.5, 9.2}) {  // of a roof of 10
    const auto row = [](const std::string& name, double gvalues_s) {
      return fmt::format(
          R"({{"run_name": "{}", "run_type": "iteration", "cpu_time": 1, "time_unit": "ns", "values": {}}})",
          name, gvalues_s);
    };
    const auto run = folder / fmt::format("run-{}", rate);
    write_text(run / "a.json", output(row("l1/store/avx2/n:1024", 10)));
    write_text(run / "b.json", output(row(l1_row("decode", "avx2", 1), rate)));
    rates.add_run(run);
  }
  EXPECT_DOUBLE_EQ(*rates.at(l1_row("decode", "avx2", 1)), 9.5);
  EXPECT_DOUBLE_EQ(*rates.spread(l1_row("decode", "avx2", 1)), 1.5 / 9.5);
  EXPECT_EQ(rates.spread("other"), std::nullopt);
  const Judgement judged = judge(bars(rates).front(), rates);
  EXPECT_DOUBLE_EQ(judged.measured[0]->median, 0.92);
  EXPECT_DOUBLE_EQ(judged.measured[0]->least, 0.8);
  EXPECT_DOUBLE_EQ(judged.measured[0]->greatest, 0.95);
  EXPECT_TRUE(judged.met[0]);
  const std::string page = kernels_page(rates, "k.svg");
  EXPECT_THAT(page, HasSubstr("0.92 (0.80–0.95)"));
  EXPECT_THAT(page, HasSubstr("spread, %"));
  EXPECT_THAT(user_error([&] { rates.add_run(folder / "no run"); }), HasSubstr("no run holds no output"));
}

TEST(BenchReport, TheFigureHasALineForEachTierThatWasMeasured) {
  const Figure figure = kernels_figure(rates_with(0.7));
  check_figure(figure);
  ASSERT_EQ(figure.panels[0].series.size(), 1u);
  EXPECT_EQ(figure.panels[0].series[0].states[0].size(), 8u);
  ASSERT_EQ(figure.panels[0].lines.size(), 1u);
  EXPECT_EQ(figure.panels[0].lines[0].at, 10);
}

}  // namespace
}  // namespace packrat::bench
