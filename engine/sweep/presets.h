#pragma once
#include <string>
#include <vector>

namespace packrat {

/// A grid of the papers, in the text form of parse_grid().
struct Preset {
  std::string name;     ///< "rescon-cifar10"
  std::string summary;  ///< one line
  std::string text;
};

/// The one table of presets.
const std::vector<Preset>& presets();

/// nullptr when there is none of that name.
const Preset* find_preset(const std::string& name);

}  // namespace packrat
