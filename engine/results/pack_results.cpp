#include "engine/results/pack_results.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/core/json_text.h"
#include "engine/data/archive.h"
#include "engine/experiment/run_options.h"
#include "engine/results/results_store.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

/// Whether an option of a run says nothing about this machine's folders.
bool is_kept(const std::string& name) {
  const RunOption* option = known_run_option(name);
  return option == nullptr || option->role == Role::kResult || name == "exp_name";
}

/// A run's result.json without options that name places.
std::string run_without_places(const std::string& text) {
  json result = parse_json(text), config = json::object();
  for (const auto& [name, value] : result.at("config").items())
    if (is_kept(name)) config[name] = value;
  result["config"] = config;
  if (const auto imported = result.find("imported"); imported != result.end() && imported->is_object())
    imported->erase("log");
  return result.dump(1) + "\n";
}

class Packer {
 public:
  explicit Packer(fs::path archive) : archive_(std::move(archive)) {}

  void add_all(const fs::path& place, const PackedKind& kind) {
    for (const ResultFile& found : result_files(place, kind.files.front())) {
      if (is_old(found.file)) continue;
      kind.check(found.file, found.read);
      for (const std::string& name : kind.files) {
        const fs::path file = found.file.parent_path() / name;
        const std::string text = found.read(file);
        add(place, file, kind.without_places == nullptr ? text : kind.without_places(text));
      }
      ++results_;
    }
  }

  std::size_t results() const { return results_; }
  const ArchiveFiles& files() const { return files_; }

 private:
  /// Whether a file stands in the archive that is written anew.
  bool is_old(const fs::path& file) const {
    const fs::path inside = fs::absolute(file).lexically_normal().lexically_relative(archive_);
    return !inside.empty() && *inside.begin() != "..";
  }

  void add(const fs::path& place, const fs::path& file, std::string text) {
    fs::path name;  // below the folder, as if what was packed there had been unpacked
    for (const fs::path& part : file.lexically_relative(place))
      if (part != kRunsArchive) name /= part;
    if (!files_.emplace(name.string(), std::move(text)).second)
      throw UserError(
          fmt::format("there are two of {}: pack the folder above them, or leave one out", name.string()));
  }

  fs::path archive_;
  std::size_t results_ = 0;
  ArchiveFiles files_;
};

}  // namespace

PackedKind packed_runs() {
  return {{kRunResult},
          [](const fs::path& file, const ReadText& read) { load_run(file, read); },
          run_without_places};
}

std::size_t pack_results(const std::vector<std::string>& folders, const std::vector<PackedKind>& kinds,
                         const fs::path& archive) {
  Packer packer(fs::absolute(archive).lexically_normal());
  for (const std::string& folder : folders)
    for (const PackedKind& kind : kinds) packer.add_all(folder, kind);
  if (packer.results() == 0)
    throw UserError(fmt::format("there is nothing to pack in {}: no finished run", fmt::join(folders, ", ")));
  write_archive(archive, packer.files());
  return packer.results();
}

}  // namespace packrat
