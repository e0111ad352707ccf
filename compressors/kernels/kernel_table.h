#pragma once
#include <cstdint>

#include "compressors/kernels/isa.h"
#include "compressors/kernels/matrix.h"
#include "compressors/kernels/quantize.h"

// The kernels of one instruction set, behind the functions of bitpack.h, quantize.h, select.h, sparse.h,
// gather.h and matrix.h, which say what each does. Only those functions, tests and benchmarks look in here.

namespace packrat::kernels {

/// How decoded values are written. Streaming goes past the caches, which pays when the output is far larger
/// than they are; kernels stream where the address allows it (64 bytes) and otherwise store as usual. Whoever
/// asked for streaming issues the fence.
enum class Stores { kCached, kStreaming };

struct KernelTable {
  void (*pack)(const std::uint8_t* codes, std::int64_t n, int width, std::uint8_t* packed);
  void (*unpack)(const std::uint8_t* packed, std::int64_t n, int width, std::uint8_t* codes);
  bool (*codes_below)(const std::uint8_t* packed, std::int64_t n, int width, int states);
  void (*quantize_pack)(const float* x, std::int64_t n, const UniformQuantizer& q, std::uint8_t* packed);
  void (*unpack_lookup)(const std::uint8_t* packed, std::int64_t n, int width, const float* table, float* out,
                        Stores stores);
  void (*unpack_dequantize)(const std::uint8_t* packed, std::int64_t n, const UniformQuantizer& q, float* out,
                            Stores stores);
  ValueRange (*value_range)(const float* x, std::int64_t n);
  bool (*all_finite)(const float* x, std::int64_t n);
  void (*select_largest)(const float* x, std::int64_t n, std::int64_t kept, std::uint32_t* scratch,
                         std::uint16_t* coordinates);
  void (*scatter_coordinates)(const void* coordinates, const void* values, std::int64_t kept, std::int64_t n,
                              float* out);
  void (*scatter_bitmap)(const std::uint8_t* bitmap, const void* values, std::int64_t n, float* out);
  /// One panel of the right factor: `width` columns, 1 to kPanelColumns.
  void (*multiply_add)(const OffsetMatrix& a, const float* b, std::int64_t width, float* out,
                       std::int64_t stride);
};

extern const KernelTable kScalarKernels;
extern const KernelTable kAvx2Kernels, kAvx512Kernels;  // in x86-64 builds
extern const KernelTable kNeonKernels;                  // in builds for 64-bit Arm

/// gather_dequantize() (gather.h) by the kernels and stores that are given.
void gather_dequantize(const KernelTable& kernels, const std::uint8_t* const* packed, std::int64_t count,
                       std::int64_t n, const UniformQuantizer* quantizers, std::int64_t stride, float* out,
                       Stores stores);

/// `isa` must be one of available_isas().
const KernelTable& kernels_for(Isa isa);

/// Those of active_isa(); UserError as there.
const KernelTable& active_kernels();

}  // namespace packrat::kernels
