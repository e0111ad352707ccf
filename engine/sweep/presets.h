#pragma once
#include <string>
#include <vector>

namespace packrat {

/// A named grid, in the text form of parse_grid().
struct Preset {
  std::string name;     ///< "rescon-cifar10"
  std::string summary;  ///< one line
  std::string text;
};

/// The one table of presets: those of `packrat run`, and those that studies added.
const std::vector<Preset>& presets();

/// Adds those whose names are not there yet.
void add_presets(const std::vector<Preset>& more);

/// nullptr when there is none of that name.
const Preset* find_preset(const std::string& name);

}  // namespace packrat
