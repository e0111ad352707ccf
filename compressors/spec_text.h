#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace packrat {

/// One stage of a codec spec as it is written, "name:key=value,key=value".
struct StageText {
  std::string name;
  std::vector<std::pair<std::string, std::string>> options;
  bool has_options = false;  ///< a ":" followed the name

  /// The value of a key; UserError when the spec does not give it.
  const std::string& option(std::string_view key) const;
};

/// Takes a spec apart at "|", ":", "," and the first "=" of each option; blanks around the pieces do not count. Only the form is checked:
/// UserError for an option without "=" or value, or a key that comes twice.
std::vector<StageText> parse_spec(std::string_view spec);

}  // namespace packrat
