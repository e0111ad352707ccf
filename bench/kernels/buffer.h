#pragma once
#include <cstdint>
#include <cstring>
#include <vector>

namespace packrat::bench {

/// Zeroed memory that begins at a cache line, as tensors do: stores across two lines would cost twice.
class Buffer {
 public:
  explicit Buffer(std::int64_t bytes) : lines_(static_cast<std::size_t>((bytes + 63) / 64)) {}

  std::uint8_t* bytes() { return lines_.data()->byte; }
  const std::uint8_t* bytes() const { return lines_.data()->byte; }
  float* floats() { return reinterpret_cast<float*>(bytes()); }
  const float* floats() const { return reinterpret_cast<const float*>(bytes()); }
  /// For the machine's own loops: a multiple of 64 words of 8 bytes.
  std::uint64_t* words() { return reinterpret_cast<std::uint64_t*>(bytes()); }
  std::int64_t size() const { return static_cast<std::int64_t>(lines_.size()) * 64; }

 private:
  struct alignas(64) Line {
    std::uint8_t byte[64] = {};
  };
  std::vector<Line> lines_;
};

/// Whether n floats are the same bits.
inline bool same_floats(const float* a, const float* b, std::int64_t n) {
  return std::memcmp(a, b, static_cast<std::size_t>(n) * sizeof(float)) == 0;
}

}  // namespace packrat::bench
