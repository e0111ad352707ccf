#include "engine/data/folder_walk.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "engine/core/error.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

/// Walks through a folder; `open_` are the folders that it stands in, by device and inode.
class FolderWalk {
 public:
  FolderWalk(const fs::path& folder, bool with_hidden) : folder_(folder), with_hidden_(with_hidden) {}

  std::vector<FoundFile> files() {
    enter(folder_);
    std::sort(found_.begin(), found_.end(),
              [](const FoundFile& a, const FoundFile& b) { return a.path < b.path; });
    return std::move(found_);
  }

 private:
  using Place = std::pair<dev_t, ino_t>;

  void enter(const fs::path& folder) {
    struct stat info {};
    if (::stat(folder.c_str(), &info) != 0) cannot_read(folder, std::strerror(errno));
    const Place place{info.st_dev, info.st_ino};
    if (std::find(open_.begin(), open_.end(), place) != open_.end())
      throw UserError(
          fmt::format("{} is a link to a folder that it stands in itself: take it away", folder.string()));
    open_.push_back(place);
    std::error_code failed;
    fs::directory_iterator at(folder, failed);
    for (; !failed && at != fs::directory_iterator(); at.increment(failed)) take(at->path());
    if (failed) cannot_read(folder, failed.message());
    open_.pop_back();
  }

  void take(const fs::path& path) {
    if (!with_hidden_ && path.filename().native()[0] == '.') return;
    struct stat info {};
    const bool there = ::stat(path.c_str(), &info) == 0;
    if (!there && errno != ENOENT) cannot_read(path, std::strerror(errno));
    if (there && S_ISDIR(info.st_mode)) return enter(path);
    FoundFile file;
    file.path = path.lexically_relative(folder_).generic_string();
    file.kind = !there                  ? FoundFile::Kind::kBrokenLink
                : S_ISREG(info.st_mode) ? FoundFile::Kind::kFile
                                        : FoundFile::Kind::kOther;
    file.size_bytes = info.st_size;
    // In the clock of fs::last_write_time(), which earlier digests of folders are made of.
    std::error_code failed;
    if (there) file.time = fs::last_write_time(path, failed).time_since_epoch().count();
    found_.push_back(std::move(file));
  }

  [[noreturn]] static void cannot_read(const fs::path& path, const std::string& why) {
    throw UserError(fmt::format("cannot read {}: {}", path.string(), why));
  }

  const fs::path folder_;
  const bool with_hidden_;
  std::vector<Place> open_;
  std::vector<FoundFile> found_;
};

}  // namespace

std::vector<FoundFile> files_below(const fs::path& folder, bool with_hidden) {
  return FolderWalk(folder, with_hidden).files();
}

void refuse_broken_links(const fs::path& folder, const std::vector<FoundFile>& files,
                         const std::function<bool(const std::string&)>& wants) {
  const FoundFile* first = nullptr;
  std::int64_t count = 0;
  for (const FoundFile& file : files)
    if (file.kind == FoundFile::Kind::kBrokenLink && wants(file.path) && ++count == 1) first = &file;
  if (first == nullptr) return;
  throw UserError(fmt::format(
      "{} is a link to a file that is not there{}: bring the files back, or take the links away",
      (folder / first->path).string(), count > 1 ? fmt::format(", as are {} more", count - 1) : ""));
}

}  // namespace packrat
