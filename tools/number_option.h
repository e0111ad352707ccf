#pragma once
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/parse_value.h"

namespace packrat {

/// The values that a number on the command line may have.
template <typename T>
struct NumberRange {
  T least = std::numeric_limits<T>::lowest();
  T most = std::numeric_limits<T>::max();
};

template <typename T>
const char* number_type_name() {
  return std::is_floating_point_v<T> ? "FLOAT" : std::is_unsigned_v<T> ? "UINT" : "INT";
}

/// Adds an option that is a number, read by option_number(): CLI11's own conversion takes 010 as 8, values
/// that are too large as the largest, and nothing as 0. Use these in place of add_option() for every number.
/// The help text shows the value at this time as the default.
template <typename T>
CLI::Option* add_number(CLI::App& command, const std::string& name, T& value, const std::string& help,
                        NumberRange<T> range = {}) {
  return command
      .add_option_function<std::string>(
          name,
          [&value, name, range](const std::string& text) {
            value = option_number<T>(name, text, range.least, range.most);
          },
          help)
      ->type_name(number_type_name<T>())
      ->default_str(fmt::format("{}", value));
}

/// ... that has no default.
template <typename T>
CLI::Option* add_number(CLI::App& command, const std::string& name, std::optional<T>& value,
                        const std::string& help, NumberRange<T> range = {}) {
  return command
      .add_option_function<std::string>(
          name,
          [&value, name, range](const std::string& text) {
            value = option_number<T>(name, text, range.least, range.most);
          },
          help)
      ->type_name(number_type_name<T>());
}

/// ... of which there may be several, "1,2" or repeated.
template <typename T>
CLI::Option* add_numbers(CLI::App& command, const std::string& name, std::vector<T>& values,
                         const std::string& help, NumberRange<T> range = {}) {
  return command
      .add_option_function<std::vector<std::string>>(
          name,
          [&values, name, range](const std::vector<std::string>& texts) {
            values.clear();
            for (const std::string& text : texts)
              values.push_back(option_number<T>(name, text, range.least, range.most));
          },
          help)
      ->type_name(number_type_name<T>())
      ->delimiter(',')
      ->default_str(fmt::format("{}", fmt::join(values, ",")));
}

}  // namespace packrat
