#include "compressors/kernels/gather.h"

#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/fetch_ahead.h"
#include "compressors/kernels/kernel_table.h"
#include "engine/core/cpu_caches.h"

namespace packrat::kernels {
namespace {

// Streaming stores are not ordered with others; what comes next must find them done.
void fence() {
#ifdef PACKRAT_X86_KERNELS
  __builtin_ia32_sfence();
#endif
}

}  // namespace

std::int64_t streaming_bytes() {
  static const std::int64_t bytes = [] {
    constexpr std::int64_t kUsual = 1 << 20;  // where nothing tells
    const CacheBytes caches = data_cache_bytes();
    const auto second = caches.find(2);
    return 4 * (second != caches.end() ? second->second : kUsual);
  }();
  return bytes;
}

void gather_dequantize(const KernelTable& kernels, const std::uint8_t* const* packed, std::int64_t count,
                       std::int64_t n, const UniformQuantizer* quantizers, std::int64_t stride, float* out,
                       Stores stores) {
  if (count == 0) return;
  const std::int64_t bytes = packed_bytes(n, quantizers[0].width);  // the widths of a batch are equal
  fetching_ahead(packed, count, bytes, [&](std::int64_t i) {
    kernels.unpack_dequantize(packed[i], n, quantizers[i * stride], out + i * n, stores);
  });
  if (stores == Stores::kStreaming) fence();
}

void gather_dequantize(const std::uint8_t* const* packed, std::int64_t count, std::int64_t n,
                       const UniformQuantizer* quantizers, std::int64_t stride, float* out) {
  const bool far = count * n * static_cast<std::int64_t>(sizeof(float)) > streaming_bytes();
  gather_dequantize(active_kernels(), packed, count, n, quantizers, stride, out,
                    far ? Stores::kStreaming : Stores::kCached);
}

}  // namespace packrat::kernels
