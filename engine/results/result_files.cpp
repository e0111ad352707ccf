#include "engine/results/result_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "engine/core/files.h"
#include "engine/data/archive.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kMostBytes = std::int64_t{256} << 20;

/// The JSON files of an archive, by the archive's path with theirs behind it.
using Texts = std::map<fs::path, std::string>;

/// A file's path below its archive; empty for one that would lie elsewhere.
fs::path path_inside(const std::string& path) {
  const fs::path inside = fs::path(path).relative_path().lexically_normal();
  return inside.empty() || *inside.begin() == ".." ? fs::path() : inside;
}

Texts read_texts(const fs::path& archive) try {
  Texts texts;
  std::int64_t room = kMostBytes;
  const auto wants = [](const std::string& path) { return path_inside(path).extension() == ".json"; };
  read_archive(archive, wants, kMostBytes,
               [&](const std::string& path, const std::vector<std::uint8_t>& bytes) {
                 room -= static_cast<std::int64_t>(bytes.size());
                 if (room < 0) throw UserError("it holds more than 256 MiB of results");
                 texts[archive / path_inside(path)] = {bytes.begin(), bytes.end()};
               });
  return texts;
} catch (const UserError& reason) {
  throw UserError(fmt::format(
      "{} cannot be read as an archive of results ({}): leave it out, or pack its runs again with `packrat "
      "results RUNS --pack FILE`",
      archive.string(), reason.what()));
}

void add_archived(const fs::path& archive, const std::string& name, std::vector<ResultFile>& files) {
  const auto texts = std::make_shared<const Texts>(read_texts(archive));
  const ReadText read = [texts](const fs::path& file) {
    const auto found = texts->find(file);
    if (found == texts->end()) throw UserError(fmt::format("{} is missing", file.string()));
    return found->second;
  };
  for (const auto& [file, text] : *texts)
    if (file.filename() == name) files.push_back({file, read});
}

}  // namespace

std::string text_on_disk(const fs::path& file) {
  return read_text(file);
}

std::vector<ResultFile> result_files(const fs::path& place, const std::string& name,
                                     const PassedOverFn& passed_over) {
  std::vector<ResultFile> files;
  const auto add_archive = [&](const fs::path& archive) {
    try {
      add_archived(archive, name, files);
    } catch (const UserError& damaged) {
      if (!passed_over) throw;
      passed_over(damaged.what());
    }
  };
  if (fs::is_regular_file(place)) {
    add_archive(place);
    return files;
  }
  if (!fs::is_directory(place))
    throw UserError(fmt::format(
        "{} is not a folder: give one that holds runs, such as runs, or an archive of one", place.string()));
  try {
    for (const auto& entry : fs::recursive_directory_iterator(place)) {
      if (entry.path().filename() == name) files.push_back({entry.path(), text_on_disk});
      if (entry.path().filename() == kRunsArchive && entry.is_regular_file()) add_archive(entry.path());
    }
  } catch (const fs::filesystem_error& error) {
    throw UserError(fmt::format("cannot list {}: {}", place.string(), error.code().message()));
  }
  std::sort(files.begin(), files.end(),
            [](const ResultFile& a, const ResultFile& b) { return a.file < b.file; });
  return files;
}

}  // namespace packrat
