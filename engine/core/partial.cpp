#include "engine/core/partial.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <set>
#include <string_view>

#include "engine/core/error.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPartialEnding = ".partial";

std::mutex& partials_guard() {
  static std::mutex guard;
  return guard;
}
std::set<fs::path>& own_partials() {
  static std::set<fs::path> paths;
  return paths;
}

/// Whether the open file is still the one of that name: another process may have removed it as a leftover
/// between its creation and its locking.
bool is_named(int fd, const fs::path& path) {
  struct stat open {
  }, named{};
  return ::fstat(fd, &open) == 0 && ::lstat(path.c_str(), &named) == 0 && open.st_dev == named.st_dev &&
         open.st_ino == named.st_ino;
}

/// An open, new file or folder; -1 with errno when there is none.
int create_partial(const fs::path& path, Partial::Kind kind) {
  if (kind == Partial::Kind::kFile)
    return ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (::mkdir(path.c_str(), 0777) != 0) return -1;
  return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

/// "TARGET" of "TARGET.123.partial" or of the journal that SQLite keeps beside it; else empty.
std::string_view target_of(std::string_view name) {
  constexpr std::string_view kJournal = "-journal";
  const auto take_off = [&](std::string_view ending) {
    const bool ends = name.size() > ending.size() && name.substr(name.size() - ending.size()) == ending;
    if (ends) name.remove_suffix(ending.size());
    return ends;
  };
  take_off(kJournal);
  if (!take_off(kPartialEnding)) return "";
  const std::size_t dot = name.find_last_not_of("0123456789");
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == name.size() || name[dot] != '.') return "";
  return name.substr(0, dot);
}

void remove_if_dead(const fs::directory_entry& entry) {
  std::error_code ignored;
  const fs::file_status status = entry.symlink_status(ignored);
  if (!fs::is_regular_file(status) && !fs::is_directory(status)) return;
  const int flags = fs::is_directory(status) ? O_RDONLY | O_DIRECTORY : O_RDWR;
  const int fd = ::open(entry.path().c_str(), flags | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return;
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0 && is_named(fd, entry.path()))
    fs::remove_all(entry.path(), ignored);
  ::close(fd);
}

/// Of one target, or of all when `name` is empty.
void remove_dead_partials(const fs::path& folder, std::string_view name) {
  std::error_code failed;
  fs::directory_iterator at(folder.empty() ? fs::path(".") : folder, failed);
  for (; !failed && at != fs::directory_iterator(); at.increment(failed)) {
    const std::string entry = at->path().filename().string();
    const std::string_view target = target_of(entry);
    if (!target.empty() && (name.empty() || target == name)) remove_if_dead(*at);
  }
}

}  // namespace

Partial::Partial(const fs::path& target, Kind kind)
    : path_(fmt::format("{}.{}{}", target.string(), ::getpid(), kPartialEnding)) {
  remove_leftovers(target);
  do {
    if (fd_ >= 0) ::close(fd_);
    fd_ = create_partial(path_, kind);
    if (fd_ < 0 && errno == EEXIST) {  // of a dead process of the same number, where there are no locks
      std::error_code ignored;
      fs::remove_all(path_, ignored);
      fd_ = create_partial(path_, kind);
    }
    if (fd_ < 0) throw UserError(fmt::format("cannot write {}: {}", target.string(), std::strerror(errno)));
    ::flock(fd_, LOCK_EX | LOCK_NB);  // where there are no locks, leftovers are not recognised, and stay
  } while (!is_named(fd_, path_));
  const std::lock_guard<std::mutex> lock(partials_guard());
  own_partials().insert(path_);
}

Partial::~Partial() {
  std::error_code ignored;
  if (is_named(fd_, path_)) fs::remove_all(path_, ignored);
  ::close(fd_);
  const std::lock_guard<std::mutex> lock(partials_guard());
  own_partials().erase(path_);
}

void Partial::put_in_place(const fs::path& place) {
  std::error_code failed;
  fs::rename(path_, place, failed);
  if (failed) throw UserError(fmt::format("cannot write {}: {}", place.string(), failed.message()));
}

void remove_leftovers(const fs::path& target) {
  remove_dead_partials(target.parent_path(), target.filename().string());
}

void remove_leftovers_in(const fs::path& folder) {
  remove_dead_partials(folder, "");
}

void remove_own_partials() noexcept {
  try {
    const std::lock_guard<std::mutex> lock(partials_guard());
    std::error_code ignored;
    for (const fs::path& path : own_partials()) fs::remove_all(path, ignored);
  } catch (...) {  // memory that is used up: the next command removes them
  }
}

}  // namespace packrat
