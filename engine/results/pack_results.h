#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/results/result_files.h"

namespace packrat {

/// What an archive takes of one kind of finished runs.
struct PackedKind {
  /// Of a run's folder; a finished run leaves the first.
  std::vector<std::string> files;
  /// UserError that names the file when a finished run's is damaged.
  void (*check)(const std::filesystem::path& file, const ReadText& read);
  /// The text of a file without places of this machine; nullptr: they name none.
  std::string (*without_places)(const std::string& text) = nullptr;
};

/// Those of `packrat run`.
PackedKind packed_runs();

/// Writes the results of all finished runs below the folders into one archive, small enough to be handed on
/// or kept under version control: load_all() and reports read it as they read the folders. Options that tell
/// places of this machine are left out, those that decide a result stay. Returns how many results it holds.
/// UserError when there is none, for a damaged one, and when two folders have one of the same path.
std::size_t pack_results(const std::vector<std::string>& folders, const std::vector<PackedKind>& kinds,
                         const std::filesystem::path& archive);

}  // namespace packrat
