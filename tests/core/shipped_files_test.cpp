#include "engine/core/shipped_files.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "engine/core/build_info.h"
#include "tests/data/expect_error.h"
#include "tests/support/temp_folder.h"

namespace packrat {
namespace {
using ::testing::HasSubstr;
using testing_data::user_error;

TEST(ShippedTable, IsFoundAndCanBeMoved) {
  EXPECT_TRUE(std::filesystem::exists(shipped_table("qutibench/LICENSE")));
  EXPECT_THAT(user_error([] { shipped_table("no_such.csv"); }), HasSubstr("PACKRAT_TABLES_DIR"));
  const TempFolder folder;
  setenv("PACKRAT_TABLES_DIR", (folder / "").c_str(), 1);
  EXPECT_THAT(user_error([] { shipped_table("qutibench/LICENSE"); }), HasSubstr((folder / "").string()));
  setenv("PACKRAT_TABLES_DIR", "/nowhere", 1);
  EXPECT_THAT(user_error([] { shipped_table("qutibench/LICENSE"); }), HasSubstr("/nowhere"));
  unsetenv("PACKRAT_TABLES_DIR");
}

TEST(ShippedPlaces, AreBesideTheProgramThenInTheSourceTreeUnlessAnotherIsNamed) {
  unsetenv("PACKRAT_TABLES_DIR");
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
  const std::filesystem::path prefix = program.parent_path().parent_path();
  EXPECT_THAT(shipped_places(kShippedTables),
              testing::ElementsAre(prefix / "share/packrat/tables", source_dir() / "data"));
  setenv("PACKRAT_TABLES_DIR", "/nowhere", 1);
  EXPECT_THAT(shipped_places(kShippedTables), testing::ElementsAre("/nowhere"));
  unsetenv("PACKRAT_TABLES_DIR");
}

}  // namespace
}  // namespace packrat
