#include "engine/data/staging.h"

#include <fmt/format.h>

#include <utility>

#include "engine/core/error.h"

namespace packrat {
namespace fs = std::filesystem;

StagingFolder::StagingFolder(fs::path target) : target_(std::move(target)) {
  std::error_code failed;
  const fs::path parent = target_.has_parent_path() ? target_.parent_path() : fs::path(".");
  made_parent_ = !fs::exists(parent, failed);
  if (fs::exists(target_, failed) && !fs::is_directory(target_, failed))
    throw UserError(fmt::format("{} is in the way: it is not a folder; move it elsewhere", target_.string()));
  const auto refuse = [&](const std::string& why) {
    throw UserError(
        fmt::format("cannot create a folder in {}: {}; choose another --data_dir", parent.string(), why));
  };
  fs::create_directories(parent, failed);
  if (failed) refuse(failed.message());
  try {
    work_.emplace(target_, Partial::Kind::kFolder);
  } catch (const UserError& error) {
    refuse(error.what());
  }
  fs::create_directory(ready(), failed);
  if (failed) refuse(failed.message());
}

StagingFolder::~StagingFolder() {
  const fs::path parent = work().parent_path();
  work_.reset();
  std::error_code ignored;
  if (made_parent_) fs::remove(parent, ignored);  // only goes when it is empty
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
