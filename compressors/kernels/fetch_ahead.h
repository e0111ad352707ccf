#pragma once
#include <algorithm>
#include <cstdint>

namespace packrat::kernels {

// How far entries are fetched into the cache ahead of the one at work: beyond the next, as many as these
// bytes hold. Decoding 1024 values takes 60 ns, less than memory takes to answer; much more would push out of
// the first cache what has not been read yet. Measured with entries that no cache holds.
constexpr std::int64_t kBytesAhead = 1024;

constexpr std::int64_t kCacheLine = 64;

inline void fetch(const std::uint8_t* bytes, std::int64_t size) {
  for (std::int64_t at = 0; at < size; at += kCacheLine) __builtin_prefetch(bytes + at);
}

/// Calls work(i), i < count, in order, while entries behind entry i are fetched. entry[i]: `bytes` bytes.
template <class Work>
void fetching_ahead(const std::uint8_t* const* entry, std::int64_t count, std::int64_t bytes,
                    const Work& work) {
  const std::int64_t ahead = 2 + kBytesAhead / std::max<std::int64_t>(bytes, 1);
  std::int64_t fetched = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    for (; fetched < std::min(count, i + ahead); ++fetched) fetch(entry[fetched], bytes);
    work(i);
  }
}

}  // namespace packrat::kernels
