// Readers that tools/check tests under the sanitizers.
#include "tests/fuzz/replay.h"

namespace packrat::fuzzing {
namespace {

TEST(FuzzCorpus, IsReadOrRefusedButNeverCrashes) {
  expect_corpus_survived(storage_targets());
}

TEST(FuzzSeeds, AreTakenForGenuine) {
  expect_seeds_taken(storage_targets());
}

TEST(FuzzMutations, OfGenuineInputsAreReadOrRefusedButNeverCrash) {
  expect_mutations_survived(storage_targets(), 100);
}

}  // namespace
}  // namespace packrat::fuzzing
