// What the fuzzers have found worth keeping, read again; tools/check does so under the sanitizers.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "engine/core/files.h"
#include "tests/fuzz/targets.h"

namespace packrat::fuzzing {
namespace {

namespace fs = std::filesystem;

const fs::path kCorpus = fs::path(PACKRAT_SOURCE_DIR) / "tests/fuzz/corpus";

TEST(FuzzCorpus, HasAFolderForEveryReaderAndNoOther) {
  std::set<std::string> folders, targets;
  for (const auto& folder : fs::directory_iterator(kCorpus))
    folders.insert(folder.path().filename().string());
  for (const Target& target : all_targets()) targets.insert(target.name);
  EXPECT_EQ(folders, targets) << "tools/fuzz --seconds 20 --keep makes the folder of a new one";
}

TEST(FuzzCorpus, IsReadOrRefusedButNeverCrashes) {
  for (const Target& target : all_targets()) {
    int inputs = 0;
    for (const auto& file : fs::directory_iterator(kCorpus / target.name)) {
      const Bytes bytes = read_file(file.path());
      EXPECT_NO_THROW(target.read({bytes.data(), bytes.size()})) << file.path();
      ++inputs;
    }
    EXPECT_GT(inputs, 0) << target.name;
  }
}

TEST(FuzzSeeds, AreTakenForGenuine) {
  for (const Target& target : all_targets())
    for (const Bytes& seed : target.seeds())
      EXPECT_TRUE(target.read({seed.data(), seed.size()})) << target.name;
}

}  // namespace
}  // namespace packrat::fuzzing
