#include "compressors/code_stage.h"

#include <fmt/format.h>

#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/quantize.h"

namespace packrat {

void throw_corrupt(std::int64_t entry, const std::string& what) {
  throw CorruptEntry(fmt::format("entry {} of the batch holds {}", entry, what));
}

CodeStage::CodeStage(int states, std::int64_t codes)
    : states_(states),
      bits_(kernels::code_width(states)),
      width_(codes),
      code_bytes_(kernels::packed_bytes(codes, bits_)) {}

EntryPart CodeStage::codes_part() const {
  return {Part::kValues, fmt::format("{} codes of {} bits", width_, bits_), code_bytes_, {width_, bits_}};
}

const std::uint8_t* CodeStage::read_codes(ByteReader& reader, std::int64_t entry) const {
  const std::uint8_t* packed = reader.bytes(static_cast<std::size_t>(code_bytes_));
  if (!kernels::codes_below(packed, width_, bits_, states_))
    throw_corrupt(entry, fmt::format("a code that is not below its {} states", states_));
  if (!kernels::padding_is_zero(packed, width_, bits_)) throw_corrupt(entry, "bits after its last code");
  return packed;
}

}  // namespace packrat
