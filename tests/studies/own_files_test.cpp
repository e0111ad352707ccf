// The kinds of files that studies write and read back, with bits changed and ends cut off.
#include "tests/support/own_files.h"

#include <ATen/ATen.h>

#include "engine/studies/pretraining/pretrain_checkpoint.h"
#include "engine/studies/sparsify/packed_network.h"
#include "engine/studies/sparsify/stage_file.h"

namespace packrat {
namespace {
namespace fs = std::filesystem;

void save_example_network(const fs::path& path) {
  SparseNetwork network(find_network_plan("simpleconv"), {1, 16, 16}, 3, NumberField::kReal, Rng(4));
  network.begin_relevance();
  network.begin_masked(network.relevance_masks(-6));
  save_packed_network(path, {"simpleconv", "levels", {1, 16, 16}, 3, NumberField::kReal}, network);
}

const std::vector<OwnKind>& own_kinds() {
  static const std::vector<OwnKind> kinds{
      {"stage",
       [](const fs::path& p) {
         StageState state;
         state.losses = {0.5, 0.25};
         state.network = {{"conv1.weight", at::ones({5, 5})}};
         state.moments = {at::ones({3}), at::ones({3})};
         state.steps = {7};
         save_stage(p, state, "penalty = ard");
       },
       [](const fs::path& p) { load_stage(p, "penalty = ard", "delete it"); }},
      {"pretraining",
       [](const fs::path& p) {
         PretrainState state;
         state.step = 5;
         state.weights = {{"conv1.weight", at::ones({5, 5})}};
         state.momentum = {at::ones({5, 5})};
         save_pretraining(p, state, "epochs = 3");
       },
       [](const fs::path& p) { load_pretraining(p, "epochs = 3"); }},
      {"network", save_example_network, [](const fs::path& p) { load_packed_network(p); }}};
  return kinds;
}

TEST(StudyFiles, OneChangedBitAnywhereIsAnErrorThatNamesTheFile) {
  for (const OwnKind& kind : own_kinds()) expect_every_bit_counts(kind);
}

TEST(StudyFiles, OneCutOffOrMadeLongerIsAnErrorThatNamesIt) {
  for (const OwnKind& kind : own_kinds()) expect_length_counts(kind);
}

TEST(StudyFiles, TheSafetensorsOnesOfOlderVersionsAreToldApartFromDamagedOnes) {
  for (const std::size_t kind : {0, 1}) expect_older_version_is_named(own_kinds()[kind]);
}

}  // namespace
}  // namespace packrat
