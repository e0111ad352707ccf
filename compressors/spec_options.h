#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compressors/spec_text.h"
#include "engine/core/error.h"

namespace packrat {

/// A key that a stage, or a method of engine/methods, takes.
struct OptionKey {
  std::string name;
  std::optional<std::string> otherwise =
      {};  // the value of a key that is left out; nullopt: it must be there
};

/// The "key=value" pairs of one stage of a spec, all of them known keys and none missing: the registry has
/// looked, and filled in the defaults.
class StageOptions {
 public:
  /// owner: what messages begin with: "codec stage 'quantize'".
  StageOptions(std::string owner, std::vector<std::pair<std::string, std::string>> values)
      : owner_(std::move(owner)), values_(std::move(values)) {}

  /// The text of a key. A key that is not among the stage's `keys` in the registry is a mistake of the
  /// author.
  const std::string& text(std::string_view key) const;
  /// The same, or nullptr where the stage has no such key.
  const std::string* find(std::string_view key) const;
  const std::vector<std::pair<std::string, std::string>>& values() const { return values_; }
  /// Another value for a key that there is.
  void set(std::string_view key, std::string value);
  /// An integer in [least, greatest]; UserError that names both otherwise.
  std::int64_t integer(std::string_view key, std::int64_t least, std::int64_t greatest) const;
  /// A number in [least, below).
  double number(std::string_view key, double least, double below) const;
  /// The text of a key, which must be one of `allowed`; UserError that lists them otherwise.
  const std::string& choice(std::string_view key, const std::vector<std::string>& allowed) const;
  /// A UserError that begins with "codec stage 'quantize', states=300: ".
  UserError error(std::string_view key, std::string_view what) const;

 private:
  std::string owner_;
  std::vector<std::pair<std::string, std::string>> values_;
};

/// The options of one piece of a spec, all of them known, with the defaults of those left out. UserError for
/// an unknown key, one that is missing, and a value without a key. kind: "codec"; owner: "codec stage
/// 'quantize'"; usage: "'quantize' takes states=2..256".
StageOptions filled_options(std::string_view kind, const std::string& owner, std::string_view usage,
                            const std::vector<OptionKey>& keys, StageText text);

}  // namespace packrat
