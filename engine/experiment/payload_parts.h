#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "engine/cost/storage_description.h"

namespace packrat {

class Codec;

/// Bytes of an entry that serve one purpose.
struct PayloadPart {
  std::string name;                 ///< "values", "index" or "side"
  std::string what;                 ///< as the codec describes them: "51 codes of 4 bits"
  std::int64_t exact_bytes = 0;     ///< what a perfect implementation needs
  std::int64_t measured_bytes = 0;  ///< what the codec's stages write
};

/// The parts of an entry that take any bytes; none when entries differ in size. `description` is that of the
/// codec.
std::vector<PayloadPart> payload_parts(const Codec& codec, const StorageDescription& description);

}  // namespace packrat
