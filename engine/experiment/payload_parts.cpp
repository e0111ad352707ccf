#include "engine/experiment/payload_parts.h"

#include <algorithm>

#include "compressors/codec.h"
#include "engine/cost/exact_cost.h"

namespace packrat {

std::vector<PayloadPart> payload_parts(const Codec& codec, const StorageDescription& description) {
  const auto exact = exact_cost(description);
  if (!exact) return {};
  std::vector<PayloadPart> parts{{std::string(part_name(Part::kValues)), {}, exact->entry_values, 0},
                                 {std::string(part_name(Part::kIndex)), {}, exact->entry_index, 0},
                                 {std::string(part_name(Part::kSide)), {}, exact->entry_side, 0}};
  for (const EntryPart& written : codec.parts())
    for (PayloadPart& part : parts) {
      if (part.name != part_name(written.part)) continue;
      part.what += (part.what.empty() ? "" : "; ") + written.what;
      part.measured_bytes += written.bytes;
    }
  const auto takes_nothing = [](const PayloadPart& part) {
    return part.exact_bytes == 0 && part.measured_bytes == 0;
  };
  parts.erase(std::remove_if(parts.begin(), parts.end(), takes_nothing), parts.end());
  return parts;
}

}  // namespace packrat
