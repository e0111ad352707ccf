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
/// count. Only the form is checked: UserError for an option without "=" and a key that comes twice. A name
/// followed by ":" and nothing has one option with an empty key, which no stage knows.
std::vector<StageText> parse_spec(std::string_view spec);

}  // namespace packrat
