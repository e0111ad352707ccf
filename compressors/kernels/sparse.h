#pragma once
#include <cstdint>

namespace packrat::kernels {

// Decoding of sparse entries: `out` becomes n floats, 0 except where a value was kept. Neither function
// allocates, throws, or touches memory outside the sizes it names. Buffers must not overlap; coordinates,
// values and the bitmap need no alignment, as they stand in the middle of an entry.

/// coordinates: `kept` little-endian uint16, each below n. values: `kept` float32; the j-th goes to the j-th
/// coordinate. n <= 65536.
void scatter_coordinates(const void* coordinates, const void* values, std::int64_t kept, std::int64_t n,
                         float* out);

/// bitmap: ceil(n/8) bytes; bit i % 8 of byte i / 8 says whether value i was kept, and bits from n up are
/// ignored. values: one float32 for each bit that is set, in order.
void scatter_bitmap(const std::uint8_t* bitmap, const void* values, std::int64_t n, float* out);

}  // namespace packrat::kernels
