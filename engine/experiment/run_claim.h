#pragma once
#include <optional>
#include <string>

#include "engine/core/file_lock.h"
#include "engine/experiment/config.h"
#include "engine/experiment/result_log.h"

namespace packrat {

/// A run's folder, made and locked for as long as the run works in it.
class RunClaim {
 public:
  /// Before any work: creates the folder, locks it, removes what dead processes left in it, and tries whether
  /// all that the run is to write can be written. UserError when another process works there (it is named),
  /// when a finished result or a checkpoint of other options lies there (without --overwrite), when a file
  /// cannot be written, when two of them are one, and when one is a file that the run reads or part of a data
  /// set.
  explicit RunClaim(const RunConfig& config);
  /// Removes the folder when nothing has come into it.
  ~RunClaim();
  RunClaim(const RunClaim&) = delete;
  RunClaim& operator=(const RunClaim&) = delete;

  /// What is to be told of a result that lies there already; empty when there is none.
  const std::string& note() const { return note_; }

 private:
  void remove_if_empty();

  RunFolder folder_;
  bool made_parent_ = false;
  std::optional<FileLock> lock_;
  std::string note_;
};

}  // namespace packrat
