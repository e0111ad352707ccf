#include "engine/core/text_difference.h"

#include <sstream>

namespace packrat {

std::string first_difference(const std::string& there, const std::string& here) {
  std::istringstream a(there), b(here);
  std::string line_a, line_b;
  do {
    line_a = line_b = "nothing";
    std::getline(a, line_a);
    std::getline(b, line_b);
  } while (line_a == line_b && a && b);
  return "there '" + line_a + "', here '" + line_b + "'";
}

}  // namespace packrat
