#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace packrat {

/// json::parse(), for text that may come from elsewhere. json::parse_error, too, for lists and objects nested
/// more than 100 deep: a value far deeper could not be copied or written again without running out of stack.
nlohmann::json parse_json(std::string_view text);

}  // namespace packrat
