#include "engine/data/check.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/data/record_file.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

/// A file to check: `record` is null for a text file.
struct Expected {
  std::string name;
  const RecordFile* record;
};

/// One look at a folder that holds a data set.
class Checker {
 public:
  /// `shown` stands for `folder` in messages, `remedy` ends them.
  Checker(const DatasetInfo& info, fs::path folder, fs::path shown, std::string remedy, Trust trust)
      : info_(info),
        folder_(std::move(folder)),
        shown_(std::move(shown)),
        remedy_(std::move(remedy)),
        trust_(trust),
        recorded_(read_manifest(folder_)) {}

  std::vector<Expected> expected() const;
  FileState check(const Expected& file) const;
  Manifest check_all() const;
  std::string source() const { return recorded_ ? recorded_->source : "found in place"; }
  const fs::path& folder() const { return folder_; }

 private:
  const FileState* record_of(const std::string& name) const;
  FileState status(const Expected& file) const;
  void check_size(const Expected& file, std::int64_t size_bytes) const;
  std::string digest(const Expected& file, const FileState& now) const;
  std::string shown(const Expected& file) const { return (shown_ / file.name).string(); }

  const DatasetInfo& info_;
  fs::path folder_;
  fs::path shown_;
  std::string remedy_;
  Trust trust_;
  std::optional<Manifest> recorded_;
};

std::vector<Expected> Checker::expected() const {
  std::vector<Expected> files;
  for (const RecordFile& file : info_.files) files.push_back({file.name, &file});
  std::vector<std::string> texts = info_.other_files;
  texts.insert(texts.begin(), info_.names_file);
  std::error_code failed;
  for (const std::string& name : texts)
    if (record_of(name) != nullptr || fs::exists(folder_ / name, failed)) files.push_back({name, nullptr});
  return files;
}

const FileState* Checker::record_of(const std::string& name) const {
  if (!recorded_) return nullptr;
  const auto found = recorded_->files.find(name);
  return found == recorded_->files.end() ? nullptr : &found->second;
}

FileState Checker::status(const Expected& file) const {
  const fs::path path = folder_ / file.name;
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 && errno == ENOENT)
    throw UserError(fmt::format("{} is missing: {}", shown(file), remedy_));
  if (::stat(path.c_str(), &info) != 0)
    throw UserError(fmt::format("cannot read {}: {}", shown(file), std::strerror(errno)));
  return {"", info.st_size, std::int64_t{info.st_mtim.tv_sec} * 1000000000 + info.st_mtim.tv_nsec};
}

void Checker::check_size(const Expected& file, std::int64_t size_bytes) const {
  const FileState* record = record_of(file.name);
  if (file.record == nullptr) {
    if (record != nullptr && size_bytes != record->size_bytes)
      throw UserError(fmt::format("{} has {} bytes instead of {}: {}", shown(file), size_bytes,
                                  record->size_bytes, remedy_));
    return;
  }
  const std::int64_t unit = info_.record_bytes();
  const std::int64_t due = record != nullptr ? record->size_bytes : file.record->records * unit;
  if (size_bytes == due && size_bytes % unit == 0) return;
  throw UserError(fmt::format(
      "{} has {} bytes ({} records of {} and {} bytes over) instead of {} ({} records): {}", shown(file),
      size_bytes, size_bytes / unit, unit, size_bytes % unit, due, due / unit, remedy_));
}

std::string Checker::digest(const Expected& file, const FileState& now) const {
  const FileState* record = record_of(file.name);
  if (record != nullptr && trust_ == Trust::kSizeAndTime && now.mtime_ns == record->mtime_ns)
    return record->sha256;
  const std::string sha256 = sha256_of_file(folder_ / file.name);
  const std::string official = file.record != nullptr ? file.record->sha256 : "";
  const std::string& due = record != nullptr ? record->sha256 : official;
  if (due.empty() || sha256 == due) return sha256;
  throw UserError(fmt::format("{} has SHA-256 {:.12}..., but {} {:.12}...: the file was altered; {}",
                              shown(file), sha256,
                              record != nullptr ? "recorded is" : "the official file has", due, remedy_));
}

FileState Checker::check(const Expected& file) const {
  FileState now = status(file);
  check_size(file, now.size_bytes);
  now.sha256 = digest(file, now);
  if (file.record != nullptr) check_labels(info_, shown(file), MappedFile(folder_ / file.name));
  return now;
}

Manifest Checker::check_all() const {
  Manifest manifest{source(), {}};
  for (const Expected& file : expected()) manifest.files[file.name] = check(file);
  return manifest;
}

Checker checker_of(const DatasetInfo& info, const fs::path& data_dir, Trust trust) {
  const fs::path folder = dataset_folder(info, data_dir);
  return {info, folder, folder, fmt::format("get it again with `{}`", get_command(info, data_dir)), trust};
}

FileReport report_on(const Checker& checker, const Expected& file, const DatasetInfo& info) {
  FileReport report;
  report.name = file.name;
  try {
    const FileState state = checker.check(file);
    report.size_bytes = state.size_bytes;
    report.sha256 = state.sha256;
    if (file.record == nullptr) return report;
    report.records = state.size_bytes / info.record_bytes();
    report.official = state.sha256 == file.record->sha256;
  } catch (const UserError& error) {
    report.problem = error.what();
  }
  return report;
}

}  // namespace

fs::path dataset_folder(const DatasetInfo& info, const fs::path& data_dir) {
  const fs::path folder = data_dir / info.folder;
  std::error_code failed;
  const fs::file_status status = fs::status(folder, failed);
  if (status.type() == fs::file_type::not_found)
    throw UserError(fmt::format("{} is not in {}: get it with `{}`", info.name, folder.string(),
                                get_command(info, data_dir)));
  if (fs::is_directory(status)) fs::directory_iterator(folder, failed);
  if (fs::exists(status) && !fs::is_directory(status))
    failed = std::make_error_code(std::errc::not_a_directory);
  if (failed) throw UserError(fmt::format("cannot read folder {}: {}", folder.string(), failed.message()));
  return folder;
}

Manifest check_dataset(const DatasetInfo& info, const fs::path& data_dir, Trust trust) {
  return checker_of(info, data_dir, trust).check_all();
}

Manifest check_new_files(const DatasetInfo& info, const fs::path& folder) {
  return Checker(info, folder, "", "these are not the official files", Trust::kHashOnly).check_all();
}

Manifest check_and_record(const DatasetInfo& info, const fs::path& data_dir) {
  const Manifest now = check_dataset(info, data_dir, Trust::kSizeAndTime);
  const fs::path folder = data_dir / info.folder;
  try {
    if (!(read_manifest(folder) == now)) write_manifest(folder, now);
  } catch (const UserError&) {
    // A folder that cannot be written only costs hashing again next time.
  }
  return now;
}

bool VerifyReport::ok() const {
  return std::all_of(files.begin(), files.end(), [](const FileReport& file) { return file.problem.empty(); });
}

VerifyReport verify_dataset(const DatasetInfo& info, const fs::path& data_dir) {
  const Checker checker = checker_of(info, data_dir, Trust::kHashOnly);
  VerifyReport report{checker.folder(), checker.source(), {}};
  for (const Expected& file : checker.expected()) report.files.push_back(report_on(checker, file, info));
  return report;
}

}  // namespace packrat
