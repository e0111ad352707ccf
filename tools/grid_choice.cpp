#include "tools/grid_choice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/sweep/presets.h"

namespace packrat {
namespace {

/// "10,100" is two values. A codec's spec has commas of its own: --codec is repeated instead.
std::vector<std::string> split_values(const std::string& option, const std::vector<std::string>& texts) {
  if (option == "codec") return texts;
  std::vector<std::string> values;
  for (const std::string& text : texts)
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t end = std::min(text.find(',', begin), text.size());
      values.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
  return values;
}

}  // namespace

void add_grid_values(CLI::App& command, GridChoice& choice,
                     const std::function<bool(const RunOption&)>& wanted) {
  for (const RunOption& row : run_options())
    if (wanted(row))
      command.add_option("--" + row.name, choice.values[row.name], row.help)
          ->type_name("VALUES")
          ->allow_extra_args(false)
          ->group("In place of the grid's values (10,100 or repeated): " + row.group);
}

std::string grid_text(const std::string& name) {
  if (const Preset* preset = find_preset(name)) return preset->text;
  if (std::filesystem::is_regular_file(name)) return read_text(name);
  std::vector<std::string> names;
  for (const Preset& preset : presets()) names.push_back(preset.name);
  throw UserError(
      fmt::format("'{}' is neither a preset nor a file: the presets are {}", name, fmt::join(names, ", ")));
}

std::vector<PlannedRun> planned_runs(const GridChoice& choice, const std::filesystem::path& folder) {
  Grid grid = parse_grid(grid_text(choice.grid), choice.grid);
  std::set<std::string> overridden;
  for (const auto& [name, texts] : choice.values) {
    if (texts.empty()) continue;
    set_values(grid, name, split_values(name, texts));
    overridden.insert(name);
  }
  return expand(grid, folder, overridden);
}

}  // namespace packrat
