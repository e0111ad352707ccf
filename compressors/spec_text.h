#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace packrat {

/// One stage of a codec spec as it is written: "name" or "name:key=value,key=value".
struct StageText {
  std::string name;
  std::vector<std::pair<std::string, std::string>> options;

  /// The value of a key, or nullptr.
  const std::string* find(std::string_view key) const;
};

/// Takes a spec apart at "|", ":", "," and the first "=" of each option; blanks around the pieces do not
/// count. Only the form is checked: UserError for a key that comes twice. An option without "=" has an empty
/// key; so has the one of a name followed by ":" and nothing.
std::vector<StageText> parse_spec(std::string_view spec);

}  // namespace packrat
