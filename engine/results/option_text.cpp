#include "engine/results/option_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace packrat {

std::string option_text(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_number_float() ? fmt::format("{}", value.get<double>()) : value.dump();
}

}  // namespace packrat
