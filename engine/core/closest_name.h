#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace packrat {

/// The name that was probably meant by a mistyped one: the one with the fewest letters added, left out,
/// changed or swapped with their neighbour, if those are few for its length. - and _ count as the same
/// letter, and so do small and capital ones. Empty when no name is close.
std::string closest_name(std::string_view typed, const std::vector<std::string>& names);

}  // namespace packrat
