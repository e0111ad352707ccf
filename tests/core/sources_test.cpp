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

}  // namespace
}  // namespace packrat
