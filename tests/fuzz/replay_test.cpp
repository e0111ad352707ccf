// What the fuzzers have found worth keeping, read again; tools/check does so under the sanitizers.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "engine/core/build_info.h"
#include "engine/core/files.h"
#include "tests/fuzz/targets.h"

namespace packrat::fuzzing {
namespace {

namespace fs = std::filesystem;

const fs::path kCorpus = source_dir() / "tests/fuzz/corpus";

std::set<std::string> corpus_folders() {
  std::set<std::string> folders;
  for (const auto& folder : fs::directory_iterator(kCorpus))
    folders.insert(folder.path().filename().string());
  return folders;
}

TEST(FuzzCorpus, HasFoldersOfReadersOnly) {
  std::set<std::string> targets;
  for (const Target& target : all_targets()) targets.insert(target.name);
  for (const std::string& folder : corpus_folders()) EXPECT_EQ(targets.count(folder), 1u) << folder;
}

TEST(FuzzCorpus, IsReadOrRefusedButNeverCrashes) {
  const std::set<std::string> folders = corpus_folders();
  for (const Target& target : all_targets()) {
    if (folders.count(target.name) == 0) continue;  // a new stage: tools/fuzz --seconds 20 --keep NAME
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
