#include "engine/results/results_database.h"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <nlohmann/json.hpp>

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

/// All rows of a query, cells joined by "|", as another program sees the database.
std::vector<std::string> ask(const std::filesystem::path& file, const std::string& sql) {
  std::vector<std::string> rows;
  sqlite3* db = nullptr;
  EXPECT_EQ(sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK) << file;
  const auto add_row = [](void* out, int count, char** cells, char**) {
    std::string row;
    for (int i = 0; i < count; ++i)
      row += std::string(i > 0 ? "|" : "") + (cells[i] != nullptr ? cells[i] : "null");
    static_cast<std::vector<std::string>*>(out)->push_back(row);
    return 0;
  };
  EXPECT_EQ(sqlite3_exec(db, sql.c_str(), add_row, &rows, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
  sqlite3_close(db);
  return rows;
}

std::vector<std::string> names(const std::vector<StoredRun>& runs) {
  std::vector<std::string> all;
  for (const StoredRun& run : runs) all.push_back(run.name);
  return all;
}

std::vector<StoredRun> select_runs(const std::vector<StoredRun>& runs, const std::string& where,
                                   const std::string& order_by) {
  std::vector<StoredRun> chosen;
  for (const std::size_t row : select_rows(result_table(runs), where, order_by)) chosen.push_back(runs[row]);
  return chosen;
}

class Database : public ::testing::Test {
 protected:
  Database() {
    write_result(folder_.path(), "a", 4, 100, 0.25);
    write_result(folder_.path(), "b", 8, 1000, 0.75);
    write_result(folder_.path(), "c", 8, 10, 0.5);
  }
  TempFolder folder_;
  std::filesystem::path file_ = folder_ / kDatabaseName;
};

TEST_F(Database, RebuiltFromTheFilesEqualsTheOneThatGrewRunByRun) {
  const auto runs = load_runs(folder_.path());
  for (const StoredRun& run : runs) put_in_database(file_, result_table(std::vector<StoredRun>{run}));
  put_in_database(file_, result_table(std::vector<StoredRun>{runs[1]}));  // once more: replaces its row
  const auto grown = ask(file_, "SELECT * FROM runs ORDER BY file");
  rebuild_database(file_, {result_table(runs)});
  EXPECT_EQ(ask(file_, "SELECT * FROM runs ORDER BY file"), grown);
  EXPECT_EQ(grown.size(), 3u);
  EXPECT_THAT(
      ask(file_, "SELECT name, setting, slots, final_acc, budget_bytes, imported FROM runs WHERE slots > 10"),
      ElementsAre("a|quantization 4 local|100|0.25|null|0", "b|quantization 8 local|1000|0.75|null|0"));
}

TEST_F(Database, RebuildingReplacesADamagedFile) {
  write_text(file_, "not a database, but as long as one might be");
  EXPECT_THAT(user_error([&] { put_in_database(file_, result_table(load_runs(folder_.path()))); }),
              AllOf(HasSubstr("results.db"), HasSubstr("--rebuild")));
  rebuild_database(file_, {result_table(load_runs(folder_.path()))});
  EXPECT_THAT(ask(file_, "SELECT count(*) FROM runs"), ElementsAre("3"));
}

TEST_F(Database, SelectsAndSortsRuns) {
  const auto runs = load_runs(folder_.path());
  EXPECT_THAT(names(select_runs(runs, "", "")), ElementsAre("a", "b", "c"));
  EXPECT_THAT(names(select_runs(runs, "slots >= 100 and dataset = 'CIFAR10'", "")), ElementsAre("a", "b"));
  EXPECT_THAT(names(select_runs(runs, "setting like '% 8 %'", "final_acc")), ElementsAre("c", "b"));
  EXPECT_THAT(names(select_runs(runs, "", "final_acc desc")), ElementsAre("b", "c", "a"));
  EXPECT_TRUE(select_runs(runs, "seed = 99", "").empty());
}

TEST_F(Database, RefusesWhatIsNotOneExpression) {
  const auto runs = load_runs(folder_.path());
  for (const char* where :
       {"no_such_column = 1", "slots >", "1); DROP TABLE runs; --", "slots = 1; slots = 2"})
    EXPECT_THAT(user_error([&] { select_runs(runs, where, ""); }), HasSubstr("over the columns file, name"))
        << where;
  EXPECT_THAT(user_error([&] { select_runs(runs, "", "no_such_column"); }), HasSubstr("no_such_column"));
}

TEST_F(Database, ExportsAsCsvAndJson) {
  const auto runs = load_runs(folder_.path());
  const std::string csv = csv_text(result_table(std::vector<StoredRun>{runs[0]}));
  EXPECT_THAT(csv, HasSubstr("file,name,imported,dataset,"));
  EXPECT_THAT(
      csv,
      HasSubstr(
          ",a,0,CIFAR10,cutr34,3,gdumb,quantization,quantization 4 local,\"quantize:states=4,range=local\""
          ",100,100,,8,4,10,0.25,0.875,"));
  EXPECT_THAT(csv, HasSubstr("\"because, \"\"so\"\"\"")) << "quotes are doubled";
  const auto list = nlohmann::json::parse(json_text(result_table(runs)));
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[1]["name"], "b");
  EXPECT_EQ(list[1]["slots"], 1000);
  EXPECT_TRUE(list[1]["budget_bytes"].is_null());
  EXPECT_EQ(list[1]["options"]["n_states"], "8");
  EXPECT_EQ(list[1]["point"]["n_states"], "8");
  EXPECT_EQ(list[1]["options"].count("seed"), 1u);
  EXPECT_EQ(list[1]["point"].count("seed"), 0u) << "runs of one point differ in nothing else";
}

}  // namespace
}  // namespace packrat
