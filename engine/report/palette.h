#pragma once
#include <string>
#include <string_view>

namespace packrat {

/// Colours that stay apart for colour-blind readers and in grey: M. Okabe, K. Ito, "Color Universal Design",
/// 2008. A key has the same colour in every figure of every report: known keys (codec families, "reference",
/// "front") by a table, any other by a hash of its letters. Returns "#rrggbb".
std::string colour_of(std::string_view key);

/// The colour mixed with white: share 0 is the colour, 1 is white.
std::string tint(const std::string& colour, double share);

}  // namespace packrat
