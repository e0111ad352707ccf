#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace packrat {

/// What stands in a folder, or in one below it, and is no folder.
struct FoundFile {
  enum class Kind { kFile, kBrokenLink, kOther };  // kOther: a pipe, a socket, a device

  std::string path;  ///< inside the folder, parts separated by /
  Kind kind = Kind::kFile;
  std::int64_t size_bytes = 0, time = 0;  ///< of a file; the time of its last modification
};

/// Everything at any depth below a folder, in the order of the paths' bytes. Links are followed. With
/// `with_hidden` also what begins with a dot. UserError that names the folder that cannot be read, and the
/// link to a folder that holds it.
std::vector<FoundFile> files_below(const std::filesystem::path& folder, bool with_hidden);

/// UserError that names the first broken link among the files that `wants` (a path inside the folder), and
/// says how many there are.
void refuse_broken_links(const std::filesystem::path& folder, const std::vector<FoundFile>& files,
                         const std::function<bool(const std::string&)>& wants);

}  // namespace packrat
