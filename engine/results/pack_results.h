#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace packrat {

/// Writes the results of all runs and sparsifications below the folders into one archive, small enough to be
/// handed on or kept under version control: load_runs() and reports read it as they read the folders. Options
/// that tell places of this machine are left out, those that decide a result stay. Returns how many results
/// it holds. UserError when there is none, for a damaged one, and when two folders have one of the same path.
std::size_t pack_results(const std::vector<std::string>& folders, const std::filesystem::path& archive);

}  // namespace packrat
