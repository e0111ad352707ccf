#include "engine/studies/sparsify/stored_sparsification.h"

#include <gmock/gmock.h>

#include "engine/core/files.h"
#include "engine/results/results_database.h"
#include "tests/data/expect_error.h"
#include "tests/studies/sparsify/example_sparsifications.h"

namespace packrat {
namespace {
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing_data::TempFolder;
using testing_data::user_error;
using testing_data::write_text;

TEST(StoredSparsification, TellsWhatItsThreeFilesSay) {
  const TempFolder folder;
  write_sparsification(folder / "a", {"ard", 0.188, 60, 0.875, 0.88, 3, 17});
  const StoredSparsification run = load_sparsification(folder / "a" / "fine-tune.json");
  EXPECT_EQ(run.name, "a");
  EXPECT_EQ(run.method, "ard");
  EXPECT_EQ(run.c, 0.188);
  EXPECT_EQ(run.seed, 3);
  EXPECT_FALSE(run.complex);
  EXPECT_EQ(run.dense_acc, 0.8786);
  EXPECT_EQ(run.before_acc, 0.875) << "with the weights dropped";
  EXPECT_EQ(run.after_acc, 0.88);
  EXPECT_EQ(run.compression, 60);
  EXPECT_EQ(run.packed_bytes, 100000);
  EXPECT_EQ(run.byte_compression(), 17.2432);
  EXPECT_EQ(run.dense.epochs, 40);
  EXPECT_EQ(run.fine_tune.epochs, 17);
  EXPECT_EQ(run.fine_tune.end, "early");
  EXPECT_TRUE(run.fine_tune.may_stop);
  EXPECT_FALSE(run.sparsify.may_stop);
  EXPECT_EQ(run.fine_tune.most_epochs, 50);
  EXPECT_THAT(run.fine_tune.validation, ElementsAre(0.5, 0.75));
  EXPECT_EQ(run.options.at("atol"), "0.02");
}

TEST(StoredSparsification, UnfinishedOnesDoNotCountAndDamagedOnesAreNamed) {
  const TempFolder folder;
  write_sparsification(folder / "whole");
  write_sparsification(folder / "unfinished");
  std::filesystem::remove(folder / "unfinished" / "fine-tune.json");
  EXPECT_THAT(load_sparsifications(folder.path()), SizeIs(1));
  for (const char* damage : {"", "{", "[]", "{\"epochs\": 3}"}) {
    write_text(folder / "whole" / "sparsify.json", damage);
    EXPECT_THAT(user_error([&] { load_sparsifications(folder.path()); }),
                AllOf(HasSubstr("whole/fine-tune.json"), HasSubstr("delete it and run again")))
        << damage;
  }
  std::vector<std::string> passed_over;
  EXPECT_TRUE(load_sparsifications(folder.path(), [&](const std::string& line) {
                passed_over.push_back(line);
              }).empty());
  EXPECT_THAT(passed_over, SizeIs(1));
}

TEST(StoredSparsification, ThoseThatDivergedDoNotStandInTheWayOfOthers) {
  const TempFolder folder;
  write_sparsification(folder / "sound");
  write_sparsification(folder / "diverged");
  std::string text = read_text(folder / "diverged" / "fine-tune.json");
  text.replace(text.find("\"early\""), 7, "\"diverged\"");
  write_text(folder / "diverged" / "fine-tune.json", text);
  EXPECT_TRUE(load_sparsification(folder / "diverged" / "fine-tune.json").has_diverged());
  const auto runs = load_sparsifications(folder.path());
  ASSERT_THAT(runs, SizeIs(1));
  EXPECT_EQ(runs[0].name, "sound");
}

TEST(StoredSparsification, IsChosenByItsOwnColumns) {
  const TempFolder folder;
  write_sparsification(folder / "a", {"vd", 0.047, 20, 0.88, 0.885});
  write_sparsification(folder / "b", {"ard", 0.188, 60, 0.87, 0.88});
  const auto runs = load_sparsifications(folder.path());
  const auto chosen = select_rows(result_table(runs), "C > 0.1 and method = 'ard'", "");
  ASSERT_THAT(chosen, SizeIs(1));
  EXPECT_EQ(runs[chosen[0]].name, "b");
  EXPECT_EQ(runs[select_rows(result_table(runs), "", "compression desc")[0]].name, "b");
  const ResultTable table = result_table(runs);
  EXPECT_THAT(csv_text(table), HasSubstr("file,name,dataset,model,complex,method,C,"));
  EXPECT_THAT(csv_text(table), HasSubstr(",b,fashion-mnist,simpleconv,0,ard,0.188,-0.5,0,10000,431080,"));
  EXPECT_EQ(std::get<double>(table.rows[1].at(table.column("after_acc"))), 0.88);
}

}  // namespace
}  // namespace packrat
