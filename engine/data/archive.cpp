#include "engine/data/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <memory>
#include <ostream>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/interrupt.h"
#include "engine/data/folder_walk.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kBlockBytes = 1 << 20;

/// An archive that is being read, entry by entry.
class ArchiveReader {
 public:
  ArchiveReader(const fs::path& path, const ProgressFn& progress)
      : path_(path), progress_(progress), archive_(archive_read_new(), archive_read_free) {
    // Formats by name: libarchive's "all" would start outside programs for some.
    archive_read_support_filter_gzip(archive_.get());
    archive_read_support_filter_bzip2(archive_.get());
    archive_read_support_filter_xz(archive_.get());
    archive_read_support_filter_zstd(archive_.get());
    archive_read_support_format_tar(archive_.get());
    archive_read_support_format_zip(archive_.get());
    std::error_code failed;
    total_bytes_ = static_cast<std::int64_t>(fs::file_size(path, failed));
    if (failed) fail(failed.message());
    check(archive_read_open_filename(archive_.get(), path.c_str(), kBlockBytes));
  }

  /// The next regular file; null at the end.
  archive_entry* next() {
    for (archive_entry* entry = nullptr;;) {
      report();
      const int code = archive_read_next_header(archive_.get(), &entry);
      if (code == ARCHIVE_EOF) return nullptr;
      check(code);
      if (archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr) return entry;
    }
  }

  /// The current file's bytes. Stops early when `out` can take no more.
  void copy_to(std::ostream& out, const std::string& name, std::int64_t max_bytes) {
    std::int64_t written = 0;
    while (out.good()) {
      report();
      const std::int64_t size = next_block();
      if (size == 0) return;
      written += size;
      if (written > max_bytes)
        fail(fmt::format("{} is longer than the {} bytes it should have", name, max_bytes));
      out.write(block_.data(), size);
    }
  }

  std::vector<std::uint8_t> bytes(const std::string& name, std::int64_t max_bytes) {
    std::vector<std::uint8_t> bytes;
    while (const std::int64_t size = next_block()) {
      bytes.insert(bytes.end(), block_.data(), block_.data() + size);
      if (static_cast<std::int64_t>(bytes.size()) > max_bytes)
        fail(fmt::format("{} is longer than {} bytes", name, max_bytes));
    }
    return bytes;
  }

 private:
  /// Reads up to a block of the current file; 0 at its end.
  std::int64_t next_block() {
    const la_ssize_t size = archive_read_data(archive_.get(), block_.data(), block_.size());
    if (size < 0) fail_as_libarchive();
    return size;
  }
  [[noreturn]] void fail(const std::string& reason) const {
    throw UserError(fmt::format("cannot read archive {}: {}", path_.filename().string(), reason));
  }
  void check(int code) const {
    if (code < ARCHIVE_WARN) fail_as_libarchive();
  }
  [[noreturn]] void fail_as_libarchive() const {
    const char* reason = archive_error_string(archive_.get());
    fail(reason != nullptr ? reason : "it is damaged, or no tar or zip archive");
  }
  void report() const {
    if (stop_requested()) throw Interrupted(fmt::format("interrupted while unpacking {}", path_.string()));
    if (progress_) progress_("unpack", archive_filter_bytes(archive_.get(), -1), total_bytes_);
  }

  fs::path path_;
  const ProgressFn& progress_;
  std::unique_ptr<archive, decltype(&archive_read_free)> archive_;
  std::int64_t total_bytes_ = 0;
  std::vector<char> block_ = std::vector<char>(kBlockBytes);
};

std::string last_part(archive_entry* entry) {
  const char* path = archive_entry_pathname(entry);
  return path == nullptr ? "" : fs::path(path).filename().string();
}

/// The same from a folder in which it was unpacked.
std::set<std::string> copy_files(const fs::path& from, const std::map<std::string, std::int64_t>& wanted,
                                 const fs::path& folder, const ProgressFn& progress) {
  std::set<std::string> found;
  for (const FoundFile& file : files_below(from, true)) {
    const auto want = wanted.find(fs::path(file.path).filename().string());
    if (want == wanted.end() || file.kind != FoundFile::Kind::kFile) continue;
    if (stop_requested()) throw Interrupted(fmt::format("interrupted while copying {}", from.string()));
    if (!found.insert(want->first).second)
      throw UserError(fmt::format("folder {} holds {} twice: name the one below it that is meant",
                                  from.string(), want->first));
    const MappedFile source(from / file.path);
    const ByteView bytes = source.bytes();
    if (static_cast<std::int64_t>(bytes.size) > want->second)
      throw UserError(fmt::format("{} is longer than {} bytes", (from / file.path).string(), want->second));
    write_file_atomically(folder / want->first, [&](std::ostream& out) {
      out.write(reinterpret_cast<const char*>(bytes.data), static_cast<std::streamsize>(bytes.size));
    });
    if (progress)
      progress("copy", static_cast<std::int64_t>(found.size()), static_cast<std::int64_t>(wanted.size()));
  }
  return found;
}

}  // namespace

std::set<std::string> extract_files(const fs::path& archive,
                                    const std::map<std::string, std::int64_t>& wanted, const fs::path& folder,
                                    const ProgressFn& progress) {
  std::error_code failed;
  if (fs::is_directory(archive, failed)) return copy_files(archive, wanted, folder, progress);
  ArchiveReader reader(archive, progress);
  std::set<std::string> found;
  while (archive_entry* entry = reader.next()) {
    const auto file = wanted.find(last_part(entry));
    if (file == wanted.end()) continue;
    if (!found.insert(file->first).second)
      throw UserError(
          fmt::format("archive {} holds {} twice: leave one", archive.filename().string(), file->first));
    write_file_atomically(folder / file->first,
                          [&](std::ostream& out) { reader.copy_to(out, file->first, file->second); });
  }
  return found;
}

void read_archive(const fs::path& archive, const std::function<bool(const std::string&)>& wants,
                  std::int64_t max_bytes, const TakeFile& take, const ProgressFn& progress) {
  ArchiveReader reader(archive, progress);
  while (archive_entry* entry = reader.next()) {
    const char* path = archive_entry_pathname(entry);
    if (path != nullptr && wants(path)) take(path, reader.bytes(path, max_bytes));
  }
}

void write_archive(const fs::path& path, const ArchiveFiles& files) {
  const std::unique_ptr<archive, decltype(&archive_write_free)> out(archive_write_new(), archive_write_free);
  const auto check = [&](la_ssize_t code) {
    if (code < 0)
      throw UserError(fmt::format("cannot write {}: {}", path.string(), archive_error_string(out.get())));
  };
  check(archive_write_set_format_pax_restricted(out.get()));
  check(archive_write_add_filter_xz(out.get()));
  check(archive_write_set_options(out.get(), "xz:compression-level=9"));
  write_file_atomically(path, [&](std::ostream& file) {
    const auto write = [](archive*, void* to, const void* bytes, std::size_t count) {
      static_cast<std::ostream*>(to)->write(static_cast<const char*>(bytes),
                                            static_cast<std::streamsize>(count));
      return static_cast<la_ssize_t>(count);
    };
    check(archive_write_open(out.get(), &file, nullptr, write, nullptr));
    for (const auto& [name, bytes] : files) {
      const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                                archive_entry_free);
      archive_entry_set_pathname(entry.get(), name.c_str());
      archive_entry_set_filetype(entry.get(), AE_IFREG);
      archive_entry_set_perm(entry.get(), 0644);
      archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes.size()));
      check(archive_write_header(out.get(), entry.get()));
      check(archive_write_data(out.get(), bytes.data(), bytes.size()));
    }
    check(archive_write_close(out.get()));
  });
}

}  // namespace packrat
