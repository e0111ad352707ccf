#pragma once
#include <filesystem>
#include <functional>
#include <string>

namespace packrat {

/// The process that has a lock, as it wrote itself into the file.
struct LockHolder {
  int process = 0;  ///< 0: not known
  std::string host;

  /// Whether it can be at work: one on another host can.
  bool may_live() const;
  std::string text() const;  ///< "process 123 on host"
};

/// A file that one process at a time has locked (flock): released when this object is destroyed, or the
/// process ends, however it does. The file names the process.
class FileLock {
 public:
  /// What to do while another process has the lock: called about ten times a second. It throws to give up,
  /// and returns to wait on.
  using WhileHeld = std::function<void(const LockHolder&)>;
  enum class Children {
    kDoNotInherit,  ///< the holder removes the file at the end
    kInherit        ///< programs that this one starts hold the lock, too: the file stays
  };

  /// Creates parent folders. Waits for the holder, without `while_held` as long as it takes.
  /// UserError when the file cannot be made or locked; Interrupted when stop_requested() while waiting.
  explicit FileLock(const std::filesystem::path& path, const WhileHeld& while_held = {},
                    Children children = Children::kDoNotInherit);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  std::filesystem::path path_;
  Children children_;
  int fd_ = -1;
};

/// For work in a folder, or on a file: does not wait, but throws UserError "another command (process 123 on
/// host) is at work in WHERE: wait for it, or stop it".
FileLock::WhileHeld refuse_while_held(const std::string& where);

}  // namespace packrat
