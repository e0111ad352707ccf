#pragma once
#include <cstdint>

namespace packrat::kernels {

// Codes of b bits, b = 1..8, without gaps (compressors/FORMAT.md, "Packed codes"): whole blocks of 512 values
// in the layout V16, the remaining n mod 512 values dense, least significant bit first; b = 8 is plain bytes.
//
// V16: value i of a block stands in lane i % 16 and row i / 16. A lane is a stream of 32-bit little-endian
// words filled from the least significant bit; word w of lane l is word 16 w + l of the block, and the code
// of row r takes bits [r b, r b + b) of its lane. 512 codes take exactly 64 b bytes.
//
// No function here allocates, throws, or touches a byte outside the sizes it names. Buffers need no alignment
// and must not overlap.

constexpr int kLanes = 16;
constexpr int kBlockValues = 512;
constexpr int kMaxWidth = 8;

/// Bytes of n packed codes: ceil(n width / 8).
constexpr std::int64_t packed_bytes(std::int64_t n, int width) {
  return (n * width + 7) / 8;
}

/// codes: n bytes, each < 2^width. packed: packed_bytes(n, width) bytes; unused bits of the last one become
/// 0.
void pack(const std::uint8_t* codes, std::int64_t n, int width, std::uint8_t* packed);

/// The inverse of pack(). packed: packed_bytes(n, width) bytes; codes: n bytes.
void unpack(const std::uint8_t* packed, std::int64_t n, int width, std::uint8_t* codes);

/// Whether every one of n packed codes is below `states`, as an encoder with that many states leaves them.
bool codes_below(const std::uint8_t* packed, std::int64_t n, int width, int states);

/// Whether the bits after the last code are 0, as pack() leaves them.
bool padding_is_zero(const std::uint8_t* packed, std::int64_t n, int width);

/// The layout written down one bit at a time; what the fast forms must equal.
namespace reference {
void pack(const std::uint8_t* codes, std::int64_t n, int width, std::uint8_t* packed);
void unpack(const std::uint8_t* packed, std::int64_t n, int width, std::uint8_t* codes);
}  // namespace reference

}  // namespace packrat::kernels
