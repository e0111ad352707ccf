#pragma once
#include <string>
#include <string_view>

#include "engine/studies/roofline/precision.h"

namespace packrat {

/// Letters, digits and dots of a name, in lower case: what stays when tables spell it differently.
std::string label_key(std::string_view name);

/// "CNV 100%-INT2" -> "CNV 100%" and INT2. Without a precision at the end, everything is the name.
struct SplitLabel {
  std::string_view name;
  std::optional<Precision> precision;
};
SplitLabel split_precision(std::string_view label);

}  // namespace packrat
