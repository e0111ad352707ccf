// The tables of options are the only lists of their names.
#include <gmock/gmock.h>

#include <set>

#include "engine/experiment/run_options.h"
#include "engine/sweep/experiment_kind.h"
#include "tests/support/option_lists.h"

namespace packrat {
namespace {

std::set<std::string> option_names() {
  std::set<std::string> names;
  for (const RunOption& option : run_options()) names.insert(option.name);
  return names;
}

TEST(OptionTables, AreTheOnlyListsOfNames) {
  const std::set<std::string> names = option_names();
  EXPECT_THAT(longest_list(R"(for (const char* name : {"seed", "threads", "data_dir", "hidden"}))", names),
              testing::SizeIs(4))
      << "lists are seen";
  EXPECT_THAT(
      longest_list(R"({{"seed", {0, 9}}, {"threads", {1, 2}}, {"hidden", {1, 2}}, {"clip", {1}}})", names),
      testing::SizeIs(4))
      << "so are tables";
  expect_no_lists_of(names);
}

TEST(OptionTables, EveryNumberHasARangeThatItsDefaultIsIn) {
  for (const RunOption& option : run_options()) {
    EXPECT_NO_THROW(check_value(option, {})) << option.name;
    EXPECT_EQ(option.range.index() == 0, option.is_text() || option.is_flag()) << option.name;
    EXPECT_TRUE(option.choices.empty() || option.is_text()) << option.name;
    EXPECT_FALSE(option.help.empty()) << option.name;
  }
}

TEST(OptionTables, AnOptionIsPartOfARunsIdentityExactlyWhenItDecidesTheResult) {
  const RunOption& device = find_run_option(&RunConfig::device);
  EXPECT_EQ(device.group, "Machine") << "although";
  EXPECT_EQ(device.role, Role::kResult);
  for (const RunOption& option : run_options()) {
    const bool shown = option.aspect != Aspect::kOther;
    EXPECT_TRUE(option.role == Role::kResult || !shown) << option.name << " shows nothing of the result";
  }
}

TEST(OptionTables, GridsMayNotSayWhereASweepPutsItsRuns) {
  for (const GridOption& option : experiment_kind().options()) {
    const RunOption& row = find_run_option(option.name);
    EXPECT_EQ(option.set_by_sweep, row.role == Role::kName || row.name == "threads") << option.name;
  }
}

}  // namespace
}  // namespace packrat
