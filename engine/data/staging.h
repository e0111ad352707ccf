#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "engine/core/partial.h"

namespace packrat {

/// A temporary folder beside `target`, in which a data set is made ready. Whatever happens before
/// move_into_place(), the destructor removes it and all that is in it, and `target` is left as it was.
/// What a program that is killed outright leaves behind ("TARGET.PROCESS.partial") is removed by the next one
/// that makes the same data set (partial.h).
class StagingFolder {
 public:
  /// Creates it, with the parent folders. UserError when that is not possible.
  explicit StagingFolder(std::filesystem::path target);
  ~StagingFolder();
  StagingFolder(const StagingFolder&) = delete;
  StagingFolder& operator=(const StagingFolder&) = delete;

  /// For what is only needed on the way: downloads, unpacked sheets.
  const std::filesystem::path& work() const { return work_->path(); }
  /// Its files, and nothing else, become `target`.
  std::filesystem::path ready() const { return work() / "ready"; }

  /// A new `target` appears in one step. In a folder that is there already, files of the same name are
  /// replaced one by one, `last` after all others and removed before them, and other files stay. UserError
  /// with the system's reason.
  void move_into_place(const std::string& last);

 private:
  void replace_files(const std::string& last);

  std::filesystem::path target_;
  std::optional<Partial> work_;
  bool made_parent_ = false;
};

}  // namespace packrat
