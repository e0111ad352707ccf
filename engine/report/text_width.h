#pragma once
#include <string>

namespace packrat {

/// The width of a line in DejaVu Sans, Debian's default, as a multiple of the size of its letters. Helvetica
/// and Arial are narrower. Letters beyond ASCII count as wide as an m.
double text_width(const std::string& line);

}  // namespace packrat
