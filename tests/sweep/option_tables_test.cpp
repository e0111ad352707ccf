// The tables of options are the only lists of their names.
#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>

#include "engine/core/build_info.h"
#include "engine/core/files.h"
#include "engine/experiment/run_options.h"
#include "engine/sparsify/sparsify_options.h"
#include "engine/sweep/experiment_kind.h"
#include "engine/sweep/sparsify_kind.h"

namespace packrat {
namespace {
namespace fs = std::filesystem;

std::set<std::string> option_names() {
  std::set<std::string> names;
  for (const RunOption& option : run_options()) names.insert(option.name);
  for (const SparsifyOption& option : sparsify_options()) names.insert(option.name);
  return names;
}

/// Names of options, one behind the other with no word between them, as lists and tables have them: the
/// longest such run of quoted texts.
std::vector<std::string> longest_list(const std::string& source, const std::set<std::string>& names) {
  std::vector<std::string> list, longest;
  std::size_t behind = 0;
  for (std::size_t begin; (begin = source.find('"', behind)) != std::string::npos;) {
    const std::size_t end = source.find_first_of("\"\n", begin + 1);
    if (end == std::string::npos) break;
    const auto letter = [](unsigned char c) { return std::isalpha(c) != 0; };
    const bool apart = std::any_of(source.begin() + static_cast<std::ptrdiff_t>(behind),
                                   source.begin() + static_cast<std::ptrdiff_t>(begin), letter);
    const std::string text = source.substr(begin + 1, end - begin - 1);
    if (apart || names.count(text) == 0) list.clear();
    if (names.count(text) > 0) list.push_back(text);
    if (list.size() > longest.size()) longest = list;
    behind = end + 1;
  }
  return longest;
}

TEST(OptionTables, AreTheOnlyListsOfNames) {
  const std::set<std::string> names = option_names();
  EXPECT_THAT(longest_list(R"(for (const char* name : {"seed", "threads", "data_dir", "C"}))", names),
              testing::SizeIs(4))
      << "lists are seen";
  EXPECT_THAT(
      longest_list(R"({{"seed", {0, 9}}, {"threads", {1, 2}}, {"hidden", {1, 2}}, {"clip", {1}}})", names),
      testing::SizeIs(4))
      << "so are tables";
  std::size_t read = 0;
  for (const char* const room : {"compressors", "engine", "library", "models", "tools"})
    for (const auto& entry : fs::recursive_directory_iterator(source_dir() / room)) {
      const std::string kind = entry.path().extension();
      if (!entry.is_regular_file() || !(kind == ".cpp" || kind == ".h" || kind.empty())) continue;
      EXPECT_THAT(longest_list(read_text(entry.path()), names), testing::SizeIs(testing::Lt(4)))
          << entry.path();
      ++read;
    }
  EXPECT_GT(read, 400u);
}

TEST(OptionTables, EveryNumberHasARangeThatItsDefaultIsIn) {
  for (const RunOption& option : run_options()) {
    EXPECT_NO_THROW(check_value(option, {})) << option.name;
    EXPECT_EQ(option.range.index() == 0, option.is_text() || option.is_flag()) << option.name;
    EXPECT_TRUE(option.choices.empty() || option.is_text()) << option.name;
    EXPECT_FALSE(option.help.empty()) << option.name;
  }
  EXPECT_NO_THROW(check_recipe({}));
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
  for (const GridOption& option : sparsify_kind().options()) EXPECT_FALSE(option.set_by_sweep) << option.name;
}

// What earlier versions wrote: runs that are finished are found by these names and texts.
TEST(OptionTables, TheTextOfASparsificationIsWhatItAlwaysWas) {
  SparsifyRecipe recipe;
  recipe.early_stop[1] = true;
  EXPECT_EQ(
      recipe_text(recipe, SparsifyStage::kFineTune, "made up"),
      "data = made up\nmodel = simpleconv\nweights = real\nschedule = trabelsi\nlr = 0.001\nclip_norm = "
      "0.5\nbatch_size = 128\nseed = 0\ndense epochs = 40\nsparsify epochs = 75\nsparsify early stop = "
      "patience 20, cooldown 0, rtol 0, atol 0.02\nmethod = vd\nC = 0.047\nkl_scale = 0\nfine-tune epochs = "
      "40\nthreshold = -0.5\n");
}

}  // namespace
}  // namespace packrat
