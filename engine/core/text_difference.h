#pragma once
#include <string>

namespace packrat {

/// The first line in which two texts differ, as "there 'a', here 'b'"; a line that one of them lacks is
/// 'nothing'.
std::string first_difference(const std::string& there, const std::string& here);

}  // namespace packrat
