#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace packrat {

/// An option of result.json as it stands on a command line: numbers as the shortest text that reads back the
/// same.
std::string option_text(const nlohmann::json& value);

}  // namespace packrat
