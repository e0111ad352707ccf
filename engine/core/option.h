#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace packrat {

/// What an option of a run decides.
enum class Role {
  kResult,   ///< what the run computes: runs that differ in one are different points of a figure
  kName,     ///< where its results are kept, and under which name
  kPlace,    ///< where files are found
  kMachine,  ///< how fast it is
  kEnergy    ///< what is measured beside it
};

/// What a number may be. An end without a bound is the type's own.
template <typename T>
struct Range {
  T least, most;
  std::string remedy = {};  ///< follows in messages: " (0 means all)"
  bool above = false;       ///< `least` itself is not allowed
  bool below = false;       ///< `most` itself is not allowed

  bool holds(T value) const;  ///< false for nan
  /// "from 0 to 1", "at least 0 and below 1", "above 0", "finite".
  std::string text() const;
};
using AnyRange = std::variant<std::monostate, Range<std::int64_t>, Range<double>>;

/// A row of a table of options: the only place that knows its name, its help and its values. Command lines,
/// configuration files, grids, the names of runs and reports follow from the table. A Field reaches the value
/// in a configuration.
template <typename Field>
struct Option {
  std::string name;
  Field field;
  std::string help;
  Role role = Role::kResult;
  AnyRange range = {};                    ///< of a number
  std::vector<std::string> choices = {};  ///< of a text: the only ones; empty when it is not one of a list
  std::vector<std::string> words = {};    ///< of a text: what completion offers when there are others, too

  const std::vector<std::string>& completions() const { return choices.empty() ? words : choices; }
};

/// The field of a configuration that a pointer to a member, or a function, leads to.
template <typename C, typename T>
T& field_in(C& config, T C::*field) {
  return config.*field;
}
template <typename C, typename T>
const T& field_in(const C& config, T C::*field) {
  return config.*field;
}
template <typename C, typename T>
T& field_in(C& config, T& (*field)(C&)) {
  return field(config);
}
template <typename C, typename T>
const T& field_in(const C& config, T& (*field)(C&)) {
  return field(const_cast<C&>(config));  // read alone
}

/// A value as text: 0.5, 4, true, local. Doubles print as the shortest text that reads back the same.
std::string text_of(std::int64_t value);
std::string text_of(std::uint64_t value);
std::string text_of(double value);
std::string text_of(bool value);
std::string text_of(const std::string& value);

/// UserError when the value is not in the range. Throws Error when there is none of that type.
void check_range(const std::string& name, std::int64_t value, const AnyRange& range);
void check_range(const std::string& name, double value, const AnyRange& range);

/// Whether the value is one of the choices. One that ends with a colon stands for whatever begins so:
/// "onnx:".
bool is_among(const std::string& value, const std::vector<std::string>& choices);

/// UserError that lists the choices when there are some and the value is none of them.
void check_choice(const std::string& name, const std::string& value, const std::vector<std::string>& choices);

/// The words on a command line that give options their values, in the order of the table. `value(row)`: as
/// text, or nullptr when the option is not given; `is_flag(row)`: its name alone stands for true.
template <typename Row, typename ValueOf, typename IsFlag>
std::vector<std::string> command_words(const std::vector<Row>& rows, const ValueOf& value,
                                       const IsFlag& is_flag) {
  std::vector<std::string> words;
  for (const Row& row : rows) {
    const auto text = value(row);
    if (!text || (is_flag(row) && *text != "true")) continue;
    words.push_back("--" + row.name);
    if (!is_flag(row)) words.push_back(*text);
  }
  return words;
}

}  // namespace packrat
