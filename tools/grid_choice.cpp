#include "tools/grid_choice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/sweep/presets.h"

namespace packrat {
namespace {

/// "10,100" is two values. Where one value has commas of its own (a codec's spec), the option is repeated
/// instead.
std::vector<std::string> split_values(const RunKind& kind, const std::string& name,
                                      const std::vector<std::string>& texts) {
  for (const GridOption& option : kind.options())
    if (option.name == name && option.holds_commas) return texts;
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

void add_grid_values(CLI::App& command, GridChoice& choice, const std::vector<const RunKind*>& kinds,
                     const std::function<bool(const GridOption&)>& wanted) {
  for (const RunKind* kind : kinds)
    for (const GridOption& option : kind->options()) {
      if (!wanted(option) || command.get_option_no_throw("--" + option.name) != nullptr) continue;
      command.add_option("--" + option.name, choice.values[option.name], option.help)
          ->type_name("VALUES")
          ->allow_extra_args(false)
          ->group("In place of the grid's values (10,100 or repeated): " + option.group);
    }
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
    set_values(grid, name, split_values(*grid.kind, name, texts));
    overridden.insert(name);
  }
  return expand(grid, folder, overridden);
}

}  // namespace packrat
