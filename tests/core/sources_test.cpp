// What the sources may not use.
#include <gtest/gtest.h>

#include <filesystem>

#include "engine/core/build_info.h"
#include "engine/core/files.h"

namespace packrat {
namespace {
namespace fs = std::filesystem;

// It takes stack for every character of a text, and ends the process on a long one. core's Pattern is RE2.
TEST(Sources, NoneUsesTheStandardLibrarysRegularExpressions) {
  const std::string used = std::string("std::") + "regex", included = std::string("<") + "regex>";
  std::size_t read = 0;
  for (const char* const room : {"bench", "compressors", "engine", "models", "tests", "tools"})
    for (const auto& entry : fs::recursive_directory_iterator(source_dir() / room)) {
      if (entry.path().extension() != ".cpp" && entry.path().extension() != ".h") continue;
      const std::string text = read_text(entry.path());
      EXPECT_EQ(text.find(used), std::string::npos) << entry.path();
      EXPECT_EQ(text.find(included), std::string::npos) << entry.path();
      ++read;
    }
  EXPECT_GT(read, 400u);
}

TEST(Sources, NothingOfTheCoreUsesAStudy) {
  const auto is_study = [](const fs::path& path) {
    return path.string().find("/studies/") != std::string::npos;
  };
  std::size_t read = 0, studies = 0;
  for (const char* const room : {"compressors", "engine", "include", "library", "models", "tests", "tools"})
    for (const auto& entry : fs::recursive_directory_iterator(source_dir() / room)) {
      if (entry.path().extension() != ".cpp" && entry.path().extension() != ".h") continue;
      const std::string text = read_text(entry.path());
      const bool uses = text.find("#include \"engine/studies/") != std::string::npos;
      studies += is_study(entry.path()) && uses ? 1 : 0;
      if (is_study(entry.path()) || entry.path().string().find("/tests/fuzz/") != std::string::npos) continue;
      EXPECT_FALSE(uses) << entry.path();
      ++read;
    }
  EXPECT_GT(read, 400u);
  EXPECT_GT(studies, 40u) << "their own are seen";
}

}  // namespace
}  // namespace packrat
