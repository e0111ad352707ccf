#pragma once
#include <cstdint>

namespace packrat::kernels {

// float32 as 16 bits, little-endian, rounded to nearest even: IEEE 754 binary16, and bfloat16 (the upper half
// of a float32). No function here allocates or throws; buffers need no alignment. Bit patterns are the same
// on every machine.

/// x: n finite floats; bytes: 2 n. False when a value rounds to infinity; the bytes are then of no use.
bool to_float16(const float* x, std::int64_t n, std::uint8_t* bytes);
bool to_bfloat16(const float* x, std::int64_t n, std::uint8_t* bytes);

/// bytes: 2 n; out: n floats. False when one is infinite or NaN, which is never written.
bool from_float16(const std::uint8_t* bytes, std::int64_t n, float* out);
bool from_bfloat16(const std::uint8_t* bytes, std::int64_t n, float* out);

}  // namespace packrat::kernels
