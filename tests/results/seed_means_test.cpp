#include "engine/results/seed_means.h"

#include <gmock/gmock.h>

#include "engine/results/results_store.h"
#include "tests/data/expect_error.h"
#include "tests/results/example_runs.h"

namespace packrat {
namespace {
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing_data::TempFolder;
using testing_data::user_error;
using testing_data::write_text;

/// Three seeds of 4 states, whose last accuracies are 0.25, 0.5 and 0.9, and one run of 8 states.
class SeedMeans : public ::testing::Test {
 protected:
  SeedMeans() {
    const double accuracies[] = {0.25, 0.5, 0.9};
    for (int seed = 0; seed < 3; ++seed)
      write_text(folder_ / std::to_string(seed) / "result.json",
                 replaced(result_text("run", 4, 100, accuracies[seed]), "\"seed\": 4",
                          "\"seed\": " + std::to_string(seed)));
    write_result(folder_.path(), "other", 8);
    runs_ = result_table(load_runs(folder_.path()));
    points_ = mean_over_seeds(runs_);
  }
  /// Of both points.
  std::vector<ResultCell> column(const std::string& name) const {
    return {points_.rows.at(0).at(points_.column(name)), points_.rows.at(1).at(points_.column(name))};
  }
  TempFolder folder_;
  ResultTable runs_, points_;
};

TEST_F(SeedMeans, HaveARowForAllSeedsOfAPoint) {
  ASSERT_EQ(runs_.rows.size(), 4u);
  ASSERT_EQ(points_.rows.size(), 2u);
  EXPECT_THAT(column("seeds"), ElementsAre(ResultCell(std::int64_t{3}), ResultCell(std::int64_t{1})));
  EXPECT_THAT(column("codec"), ElementsAre(ResultCell("quantize:states=4,range=local"),
                                           ResultCell("quantize:states=8,range=local")));
}

TEST_F(SeedMeans, CountASeedOnceHoweverOftenItWasRun) {
  write_text(folder_ / "zero again" / "result.json",
             replaced(result_text("again", 4, 100, 0.25), "\"seed\": 4", "\"seed\": 0"));
  const ResultTable points = mean_over_seeds(result_table(load_runs(folder_.path())));
  EXPECT_EQ(points.rows.at(0), points_.rows.at(0));
}

TEST_F(SeedMeans, AreMeansWithTheDeviationOfAccuracies) {
  EXPECT_DOUBLE_EQ(std::get<double>(column("final_acc")[0]), 0.55);
  EXPECT_NEAR(std::get<double>(column("final_acc_sd")[0]), 0.327871926215100, 1e-15);  // numpy's std(ddof=1)
  EXPECT_EQ(column("final_acc")[1], ResultCell(0.5));
  EXPECT_EQ(column("final_acc_sd")[1], ResultCell()) << "one seed has none";
  EXPECT_EQ(column("best_acc_sd")[0], ResultCell(0.0));
  EXPECT_EQ(column("slots")[0], ResultCell(std::int64_t{100})) << "the same whole number stays one";
  EXPECT_EQ(column("roundtrip_mse")[0], ResultCell()) << "no run has it";
}

TEST_F(SeedMeans, AverageTheNumbersThatAreThere) {
  const std::size_t acc = runs_.column("raw_acc"), name = runs_.column("name");
  runs_.rows[0][acc] = 0.5;
  runs_.rows[1][acc] = ResultCell();
  runs_.rows[2][acc] = 1.0;
  runs_.rows[1][name] = std::string("another");
  points_ = mean_over_seeds(runs_);
  EXPECT_EQ(column("raw_acc")[0], ResultCell(0.75)) << "two of three runs know it";
  EXPECT_EQ(column("name")[0], ResultCell()) << "texts that differ";
}

TEST_F(SeedMeans, AreWrittenAsCsvAndJson) {
  EXPECT_THAT(csv_text(points_), AllOf(HasSubstr("final_acc,final_acc_sd,best_acc,best_acc_sd,"),
                                       HasSubstr(",seeds,"), ::testing::Not(HasSubstr(",options"))));
  EXPECT_THAT(json_text(points_), HasSubstr("\"seeds\": 3"));
}

TEST_F(SeedMeans, AndRunsShowAnyOptionAsAColumn) {
  for (ResultTable table : {runs_, points_}) {
    const std::size_t before = table.columns.size();
    add_option_columns({"codec", "n_states", "maxlr", "no_such_option"}, table);
    EXPECT_EQ(table.columns.size(), before + 2) << "one that is there, and one that no run has, add nothing";
    EXPECT_EQ(table.rows.front()[table.column("n_states")], ResultCell("4"));
    EXPECT_EQ(table.rows.back()[table.column("maxlr")], ResultCell("0.05"));
    EXPECT_THAT(user_error([&] { table.column("no_such_option"); }),
                AllOf(HasSubstr("'no_such_option'"), HasSubstr("final_acc")));
    EXPECT_THAT(user_error([&] { table.column("codc"); }), HasSubstr("did you mean codec?"));
  }
}

}  // namespace
}  // namespace packrat
