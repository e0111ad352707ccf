#pragma once
#include <filesystem>

namespace packrat {

/// A file or folder in the making, "TARGET.PROCESS.partial" beside its target. It is locked (flock) as long
/// as this object lives, so an unlocked one belongs to a dead process.
class Partial {
 public:
  enum class Kind { kFile, kFolder };

  /// Creates it, empty. Removes what dead processes left of the same target first. UserError with the
  /// system's reason when that fails.
  Partial(const std::filesystem::path& target, Kind kind);
  /// Removes it with all that is in it, unless it was put in place.
  ~Partial();
  Partial(const Partial&) = delete;
  Partial& operator=(const Partial&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// The open file, to write to; of a folder the folder.
  int descriptor() const { return fd_; }
  /// Renames it to `place`, which is replaced. UserError with the system's reason.
  void put_in_place(const std::filesystem::path& place);

 private:
  std::filesystem::path path_;
  int fd_ = -1;
};

/// Removes the partial files and folders of dead processes beside `target` that were to become it.
void remove_leftovers(const std::filesystem::path& target);
/// ... and all that lie in a folder.
void remove_leftovers_in(const std::filesystem::path& folder);

/// For a program that is about to end without unwinding: removes the partial files and folders of this
/// process.
void remove_own_partials() noexcept;

}  // namespace packrat
