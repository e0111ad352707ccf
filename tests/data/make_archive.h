#pragma once
#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/core/files.h"

namespace packrat::testing_data {

/// An entry of an archive to make: a regular file, or a symbolic link to `link`.
struct Entry {
  std::string path;
  std::string bytes;
  std::string link;
};

/// Writes an archive; the format follows the ending of the name, as in "x.tar.gz" or "x.zip".
inline void make_archive(const std::filesystem::path& path, const std::vector<Entry>& entries) {
  archive* out = archive_write_new();
  bool good = archive_write_set_format_filter_by_ext(out, path.c_str()) == ARCHIVE_OK &&
              archive_write_open_filename(out, path.c_str()) == ARCHIVE_OK;
  for (const Entry& each : entries) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, each.path.c_str());
    archive_entry_set_filetype(entry, each.link.empty() ? AE_IFREG : AE_IFLNK);
    if (!each.link.empty()) archive_entry_set_symlink(entry, each.link.c_str());
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<la_int64_t>(each.bytes.size()));
    good = good && archive_write_header(out, entry) == ARCHIVE_OK &&
           archive_write_data(out, each.bytes.data(), each.bytes.size()) ==
               static_cast<la_ssize_t>(each.bytes.size());
    archive_entry_free(entry);
  }
  good = archive_write_close(out) == ARCHIVE_OK && good;
  archive_write_free(out);
  if (!good) throw std::runtime_error("cannot make " + path.string());
}

/// The files of a folder as entries below `prefix`.
inline std::vector<Entry> entries_of(const std::filesystem::path& folder, const std::string& prefix) {
  std::vector<Entry> entries;
  for (const auto& file : std::filesystem::directory_iterator(folder))
    entries.push_back({prefix + file.path().filename().string(), read_text(file.path()), ""});
  return entries;
}

/// Everything below a folder, as sorted relative paths.
inline std::vector<std::string> tree(const std::filesystem::path& folder) {
  std::vector<std::string> paths;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder))
    paths.push_back(std::filesystem::relative(file.path(), folder).string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace packrat::testing_data
