#include "compressors/kernels/gather.h"

#include <unistd.h>

#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/fetch_ahead.h"
#include "compressors/kernels/kernel_table.h"

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
    long cache = 0;
#ifdef _SC_LEVEL2_CACHE_SIZE
    cache = sysconf(_SC_LEVEL2_CACHE_SIZE);
#endif
    constexpr std::int64_t kUsual = 1 << 20;  // where the system does not tell
    return 4 * (cache > 0 ? static_cast<std::int64_t>(cache) : kUsual);
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
