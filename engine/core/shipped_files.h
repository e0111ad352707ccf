#pragma once
#include <filesystem>
#include <string_view>
#include <vector>

namespace packrat {

/// A folder that ships with Packrat, and where to look for it.
struct ShippedFolder {
  const char* variable;   ///< environment variable that names another place: "PACKRAT_WEIGHTS_DIR"
  const char* installed;  ///< below ../share/packrat, seen from the program's own folder: "weights"
  const char* source;     ///< below the source tree the program was built from: "models/weights"
  const char* contents;   ///< for messages: "the shipped weights"
};

/// Where it is looked for, in this order: what `variable` names, and nowhere else, when it is set; else the
/// installed folder, then the one of the source tree.
std::vector<std::filesystem::path> shipped_places(const ShippedFolder& folder);

/// The first of shipped_places() that is a folder. UserError when none is.
std::filesystem::path shipped_folder(const ShippedFolder& folder);

/// shipped_folder(folder)/name; UserError when it is not there.
std::filesystem::path shipped_file(const ShippedFolder& folder, std::string_view name);

/// The published tables, a folder for each source.
inline constexpr ShippedFolder kShippedTables{"PACKRAT_TABLES_DIR", "tables", "data", "the published tables"};

/// One of them; name: "qutibench/platforms.json".
std::filesystem::path shipped_table(std::string_view name);

}  // namespace packrat
