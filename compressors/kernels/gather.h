#pragma once
#include <cstdint>

#include "compressors/kernels/quantize.h"

namespace packrat::kernels {

/// Decodes a batch from entries that lie anywhere, such as slots drawn at random: out [count, n] becomes the
/// levels of the n packed codes at packed[i], as unpack_dequantize() defines them, i < count. Entry i uses
/// quantizers[i * stride]: stride 1 where each has its own range, 0 where all share one; their widths are
/// equal.
///
/// While one entry is decoded those behind it are fetched into the cache. An output beyond streaming_bytes()
/// is written past the caches. Allocates nothing, throws nothing, touches no byte outside packed_bytes(n,
/// width) of each entry and the n * count floats.
void gather_dequantize(const std::uint8_t* const* packed, std::int64_t count, std::int64_t n,
                       const UniformQuantizer* quantizers, std::int64_t stride, float* out);

/// Outputs of more bytes than this are written with streaming stores: four times the second-level cache.
/// Below it the values are still in the cache when the network reads them.
std::int64_t streaming_bytes();

}  // namespace packrat::kernels
