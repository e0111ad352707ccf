#pragma once
#include <cstdint>
#include <functional>
#include <string_view>

namespace packrat {

/// How long work tells of itself: phase name, units done, units in all. The library never prints; the program
/// passes a function that does. An empty function is silence.
using ProgressFn = std::function<void(std::string_view phase, std::int64_t done, std::int64_t total)>;

}  // namespace packrat
