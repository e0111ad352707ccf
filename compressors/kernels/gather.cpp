#include "compressors/kernels/gather.h"

#include <unistd.h>

#include <algorithm>

#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/kernel_table.h"

namespace packrat::kernels {
namespace {

constexpr std::int64_t kLine = 64;

// How far ahead of the entry that is decoded entries are fetched: beyond the next one, as many as these bytes
// hold. An entry of 1024 values takes some 60 ns, less than memory takes to answer; much more would push out
// of the first cache what has not been read yet. Measured with entries that no cache holds.
constexpr std::int64_t kBytesAhead = 1024;

void prefetch(const std::uint8_t* bytes, std::int64_t size) {
  for (std::int64_t at = 0; at < size; at += kLine) __builtin_prefetch(bytes + at);
}

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
  std::int64_t fetched = 0;  // entries; those of one call are equally large
  for (std::int64_t i = 0; i < count; ++i) {
    const UniformQuantizer& q = quantizers[i * stride];
    const std::int64_t bytes = packed_bytes(n, q.width);
    const std::int64_t end = std::min(count, i + 2 + kBytesAhead / std::max<std::int64_t>(bytes, 1));
    for (; fetched < end; ++fetched) prefetch(packed[fetched], bytes);
    kernels.unpack_dequantize(packed[i], n, q, out + i * n, stores);
  }
  if (stores == Stores::kStreaming) fence();
}

void gather_dequantize(const std::uint8_t* const* packed, std::int64_t count, std::int64_t n,
                       const UniformQuantizer* quantizers, std::int64_t stride, float* out) {
  const bool far = count * n * static_cast<std::int64_t>(sizeof(float)) > streaming_bytes();
  gather_dequantize(active_kernels(), packed, count, n, quantizers, stride, out,
                    far ? Stores::kStreaming : Stores::kCached);
}

}  // namespace packrat::kernels
