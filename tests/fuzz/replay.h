#pragma once
#include <gtest/gtest.h>

#include <filesystem>

#include "engine/core/build_info.h"
#include "engine/core/files.h"
#include "tests/fuzz/targets.h"

namespace packrat::fuzzing {

inline std::filesystem::path corpus_folder() {
  return source_dir() / "tests/fuzz/corpus";
}

/// What the fuzzers have found worth keeping, read again.
inline void expect_corpus_survived(const std::vector<Target>& targets) {
  for (const Target& target : targets) {
    const std::filesystem::path folder = corpus_folder() / target.name;
    if (!std::filesystem::exists(folder)) continue;  // a new one: tools/fuzz --seconds 20 --keep NAME
    int inputs = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      const Bytes bytes = read_file(file.path());
      EXPECT_NO_THROW(target.read({bytes.data(), bytes.size()})) << file.path();
      ++inputs;
    }
    EXPECT_GT(inputs, 0) << target.name;
  }
}

inline void expect_seeds_taken(const std::vector<Target>& targets) {
  for (const Target& target : targets) {
    const std::vector<Bytes> seeds = target.seeds();
    EXPECT_FALSE(seeds.empty()) << target.name;
    for (std::size_t i = 0; i < seeds.size(); ++i)
      EXPECT_TRUE(target.read({seeds[i].data(), seeds[i].size()})) << target.name << " " << i;
  }
}

}  // namespace packrat::fuzzing
