#pragma once
#include <cstdint>
#include <string>

#include "compressors/codec.h"

namespace packrat {

[[noreturn]] void throw_corrupt(std::int64_t entry, const std::string& what);

/// What stages share that turn every value into a code and end the chain: n codes below `states`, packed
/// without gaps (compressors/FORMAT.md, "Packed codes").
class CodeStage : public Stage {
 public:
  CodeStage(int states, std::int64_t codes);

  std::int64_t width_out() const override { return 0; }

 protected:
  EntryPart codes_part() const;
  /// The next packed codes, after a look at what no encoder writes.
  const std::uint8_t* read_codes(ByteReader& reader, std::int64_t entry) const;

  int states_, bits_;
  std::int64_t width_, code_bytes_;
};

}  // namespace packrat
