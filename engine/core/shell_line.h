#pragma once
#include <string>
#include <vector>

namespace packrat {

/// Words as one line that a POSIX shell takes apart into the same words again.
std::string shell_line(const std::vector<std::string>& words);

}  // namespace packrat
