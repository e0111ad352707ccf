// Readers whose rooms take long to compile: in tools/check without the sanitizers.
#include <set>

#include "tests/fuzz/replay.h"

namespace packrat::fuzzing {
namespace {

TEST(FuzzCorpus, HasFoldersOfReadersOnly) {
  std::set<std::string> targets;
  for (const Target& target : all_targets()) EXPECT_TRUE(targets.insert(target.name).second) << target.name;
  for (const auto& folder : std::filesystem::directory_iterator(corpus_folder()))
    EXPECT_EQ(targets.count(folder.path().filename().string()), 1u) << folder.path();
}

TEST(RoomFuzzCorpus, IsReadOrRefusedButNeverCrashes) {
  expect_corpus_survived(room_targets());
}

TEST(RoomFuzzSeeds, AreTakenForGenuine) {
  expect_seeds_taken(room_targets());
}

TEST(RoomFuzzMutations, OfGenuineInputsAreReadOrRefusedButNeverCrash) {
  expect_mutations_survived(room_targets(), 200);
}

}  // namespace
}  // namespace packrat::fuzzing
