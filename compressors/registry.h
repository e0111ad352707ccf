#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "compressors/codec.h"

namespace packrat {

/// Builds a codec from its text: stages joined by "|", each "name" or "name:key=value,key=value", such as
/// "thin:factor=0.9|quantize:states=16,range=local". Unknown names, unknown or repeated keys, missing keys
/// and values out of range throw UserError with the allowed ones. make_codec(c.spec(), c.domain()) equals c.
Codec make_codec(std::string_view spec, const Domain& domain);

/// One row of the table of stages, for help texts, tests and benchmarks that loop over it.
struct StageInfo {
  std::string name;
  std::string options;                ///< "states=2..256, range=local|LO:HI"
  std::string summary;                ///< one line
  std::vector<std::string> examples;  ///< specs that every feature map and image accepts
};
std::vector<StageInfo> stage_table();

}  // namespace packrat
