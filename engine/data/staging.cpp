#include "engine/data/staging.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "engine/core/error.h"

namespace packrat {
namespace fs = std::filesystem;

StagingFolder::StagingFolder(fs::path target)
    : target_(std::move(target)), work_(fmt::format("{}.{}.partial", target_.string(), ::getpid())) {
  std::error_code failed;
  const fs::path parent = work_.has_parent_path() ? work_.parent_path() : fs::path(".");
  made_parent_ = !fs::exists(parent, failed);
  if (fs::exists(target_, failed) && !fs::is_directory(target_, failed))
    throw UserError(fmt::format("{} is in the way: it is not a folder; move it elsewhere", target_.string()));
  fs::create_directories(ready(), failed);
  if (!failed) return;
  const std::string reason = failed.message();
  fs::remove_all(work_, failed);
  throw UserError(
      fmt::format("cannot create a folder in {}: {}; choose another --data_dir", parent.string(), reason));
}

StagingFolder::~StagingFolder() {
  std::error_code ignored;
  fs::remove_all(work_, ignored);
  if (made_parent_) fs::remove(work_.parent_path(), ignored);  // only goes when it is empty
}

void StagingFolder::move_into_place(const std::string& last) {
  try {
    if (fs::exists(target_))
      replace_files(last);
    else
      fs::rename(ready(), target_);
  } catch (const fs::filesystem_error& error) {
    throw UserError(fmt::format("cannot write {}: {}", target_.string(), error.code().message()));
  }
}

void StagingFolder::replace_files(const std::string& last) {
  fs::remove(target_ / last);
  for (const fs::directory_entry& file : fs::directory_iterator(ready()))
    if (file.path().filename() != last) fs::rename(file.path(), target_ / file.path().filename());
  fs::rename(ready() / last, target_ / last);
}

}  // namespace packrat
