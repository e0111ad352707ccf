#pragma once
#include <cstdint>
#include <cstring>

namespace packrat {

/// Bytes that one stored label takes.
constexpr int label_bytes(int classes) {
  return classes <= 256 ? 1 : 2;
}

/// The labels of the held entries, slot by slot, wherever the storage keeps them: `width` (1 or 2)
/// little-endian bytes at first + slot * stride. A negative stride reads a table that grows downwards.
struct LabelView {
  const std::uint8_t* first = nullptr;
  std::int64_t stride = 1;
  int width = 1;
  std::int64_t size = 0;

  int operator[](std::int64_t slot) const {
    const std::uint8_t* at = first + slot * stride;
    return width == 1 ? at[0] : at[0] | at[1] << 8;
  }
};

/// Writes a label as LabelView reads it.
inline void write_label(std::uint8_t* at, int width, int label) {
  at[0] = static_cast<std::uint8_t>(label);
  if (width == 2) at[1] = static_cast<std::uint8_t>(label >> 8);
}

}  // namespace packrat
