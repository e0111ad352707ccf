#include "engine/core/option.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "engine/core/error.h"

namespace packrat {
namespace {

template <typename T>
void check_number(const std::string& name, T value, const AnyRange& any) {
  const auto* range = std::get_if<Range<T>>(&any);
  if (range == nullptr) throw Error(fmt::format("--{} has no range in its table", name));
  if (!range->holds(value))
    throw UserError(fmt::format("--{} is {}, but must be {}{}", name, value, range->text(), range->remedy));
}

}  // namespace

template <typename T>
bool Range<T>::holds(T value) const {
  return (above ? value > least : value >= least) && (below ? value < most : value <= most);
}

template <typename T>
std::string Range<T>::text() const {
  const bool from = least > std::numeric_limits<T>::lowest(), to = most < std::numeric_limits<T>::max();
  if (from && !to && std::is_same_v<T, double>)
    return fmt::format("{} {}", above ? "above" : "at least", least);
  if (!from && !to && std::is_same_v<T, double>) return "finite";
  if (below) return fmt::format("at least {} and below {}", least, most);
  return fmt::format("from {} to {}", least, most);
}

template struct Range<std::int64_t>;
template struct Range<double>;

std::string text_of(std::int64_t value) {
  return fmt::format("{}", value);
}
std::string text_of(std::uint64_t value) {
  return fmt::format("{}", value);
}
std::string text_of(double value) {
  return fmt::format("{}", value);
}
std::string text_of(bool value) {
  return value ? "true" : "false";
}
std::string text_of(const std::string& value) {
  return value;
}

void check_range(const std::string& name, std::int64_t value, const AnyRange& range) {
  check_number(name, value, range);
}
void check_range(const std::string& name, double value, const AnyRange& range) {
  check_number(name, value, range);
}

bool is_among(const std::string& value, const std::vector<std::string>& choices) {
  return std::any_of(choices.begin(), choices.end(), [&](const std::string& choice) {
    const bool is_beginning = !choice.empty() && choice.back() == ':';
    return is_beginning ? value.rfind(choice, 0) == 0 : value == choice;
  });
}

void check_choice(const std::string& name, const std::string& value,
                  const std::vector<std::string>& choices) {
  if (!choices.empty() && !is_among(value, choices))
    throw UserError(
        fmt::format("--{} is '{}', but must be one of: {}", name, value, fmt::join(choices, ", ")));
}

}  // namespace packrat
