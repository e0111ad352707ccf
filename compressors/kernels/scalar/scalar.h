#pragma once
#include "compressors/kernels/kernel_table.h"

// The kernels in plain C++; kernel_table.h lists them. The other tiers call the few they cannot better.

namespace packrat::kernels::scalar {

void pack(const std::uint8_t* codes, std::int64_t n, int width, std::uint8_t* packed);
void unpack(const std::uint8_t* packed, std::int64_t n, int width, std::uint8_t* codes);
bool codes_below(const std::uint8_t* packed, std::int64_t n, int width, int states);
void quantize_pack(const float* x, std::int64_t n, const UniformQuantizer& q, std::uint8_t* packed);
void unpack_lookup(const std::uint8_t* packed, std::int64_t n, int width, const float* table, float* out,
                   Stores stores);
void unpack_dequantize(const std::uint8_t* packed, std::int64_t n, const UniformQuantizer& q, float* out,
                       Stores stores);
ValueRange value_range(const float* x, std::int64_t n);
bool all_finite(const float* x, std::int64_t n);
void select_largest(const float* x, std::int64_t n, std::int64_t kept, std::uint32_t* scratch,
                    std::uint16_t* coordinates);
void scatter_coordinates(const void* coordinates, const void* values, std::int64_t kept, std::int64_t n,
                         float* out);
void scatter_bitmap(const std::uint8_t* bitmap, const void* values, std::int64_t n, float* out);
void multiply_add(const OffsetMatrix& a, const float* b, std::int64_t width, float* out, std::int64_t stride);

}  // namespace packrat::kernels::scalar
