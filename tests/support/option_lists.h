#pragma once
#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "engine/core/build_info.h"
#include "engine/core/files.h"

namespace packrat {

/// Names of options, one behind the other with no word between them, as lists and tables have them: the
/// longest such run of quoted texts.
inline std::vector<std::string> longest_list(const std::string& source, const std::set<std::string>& names) {
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

/// No source of the product has more than three of the names side by side: tables have each alone in its row.
inline void expect_no_lists_of(const std::set<std::string>& names) {
  namespace fs = std::filesystem;
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

}  // namespace packrat
