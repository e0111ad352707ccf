#pragma once
#include <cstdint>
#include <cstring>

#include "engine/studies/roofline/machine/memory_kernel.h"

// What the files memory_*.cpp share; `static` for the reason given in rate_loop.h. These files are compiled
// without the optimisation that turns such loops into calls of memset and memcpy, which choose their own way
// to write. Reading and writing are unrolled: counting must not hold up what is counted, not even with data
// in the first cache.

namespace packrat::machine {

// Vectors of 64-bit words. (An attribute that depends on a template argument would be dropped.)
struct Wide16 {
  using Type = std::uint64_t __attribute__((vector_size(16), may_alias));
};
struct Wide32 {
  using Type = std::uint64_t __attribute__((vector_size(32), may_alias));
};
struct Wide64 {
  using Type = std::uint64_t __attribute__((vector_size(64), may_alias));
};

template <class W>
[[maybe_unused]] static std::uint64_t read_words(const std::uint64_t* from, std::int64_t words) {
  using Wide = typename W::Type;
  constexpr std::int64_t kLanes = sizeof(Wide) / 8, kSums = 4;
  const auto* const wide = reinterpret_cast<const Wide*>(from);
  Wide sum[kSums] = {};
  for (std::int64_t i = 0; i < words / kLanes; i += kSums) {
#pragma GCC unroll 4
    for (std::int64_t s = 0; s < kSums; ++s) sum[s] += wide[i + s];
  }
  std::uint64_t parts[kSums * kLanes], total = 0;
  std::memcpy(parts, sum, sizeof parts);
  for (const std::uint64_t part : parts) total += part;
  return total;
}

template <class W>
[[maybe_unused]] static void write_words(std::uint64_t* to, std::int64_t words, std::uint64_t value) {
  using Wide = typename W::Type;
  auto* const wide = reinterpret_cast<Wide*>(to);
  constexpr std::int64_t kLanes = sizeof(Wide) / 8, kAtOnce = 8;
  const Wide filled = Wide{} + value;
  for (std::int64_t i = 0; i < words / kLanes; i += kAtOnce) {
#pragma GCC unroll 8
    for (std::int64_t s = 0; s < kAtOnce; ++s) wide[i + s] = filled;
  }
}

template <class W>
[[maybe_unused]] static void copy_words(const std::uint64_t* from, std::uint64_t* to, std::int64_t words) {
  using Wide = typename W::Type;
  const auto* const source = reinterpret_cast<const Wide*>(from);
  auto* const target = reinterpret_cast<Wide*>(to);
  constexpr std::int64_t kBytes = sizeof(Wide);
  for (std::int64_t i = 0; i < words * 8 / kBytes; ++i) target[i] = source[i];
}

// One function a file.
MemoryKernels portable_memory_kernels();
MemoryKernels avx2_memory_kernels();
MemoryKernels avx512_memory_kernels();

}  // namespace packrat::machine
