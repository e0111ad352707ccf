#include "engine/data/class_names.h"

#include <fmt/format.h>

#include <sstream>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/utf8.h"

namespace packrat {
namespace {

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::istringstream text(read_text(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

}  // namespace

std::vector<std::string> read_class_names(const std::filesystem::path& path, const std::string& dataset,
                                          int classes) {
  std::vector<std::string> names = lines_of(path);
  for (const std::string& name : names)
    if (!is_utf8(name))
      throw UserError(fmt::format("{}: the class name '{}' is not UTF-8 text: fix or delete the file",
                                  path.string(), printable(name)));
  if (names.size() == static_cast<std::size_t>(classes)) return names;
  throw UserError(fmt::format("{} holds {} class names, but {} has {} classes: fix or delete it",
                              path.string(), names.size(), dataset, classes));
}

std::vector<std::string> completed_class_names(std::vector<std::string> names, int classes) {
  while (names.size() < static_cast<std::size_t>(classes))
    names.push_back(fmt::format("class {}", names.size()));
  return names;
}

}  // namespace packrat
