#include "compressors/kernels/bitpack.h"

#include <cstring>

#include "compressors/kernels/v16.h"

namespace packrat::kernels {
namespace {

struct ByteSource {
  const std::uint8_t* codes;
  void row(std::int64_t i, std::uint32_t* code) const {
    for (int l = 0; l < kLanes; ++l) code[l] = codes[i + l];
  }
  std::uint32_t one(std::int64_t i) const { return codes[i]; }
};

struct ByteSink {
  std::uint8_t* codes;
  void row(std::int64_t i, const std::uint32_t* code) const {
    for (int l = 0; l < kLanes; ++l) codes[i + l] = static_cast<std::uint8_t>(code[l]);
  }
  void one(std::int64_t i, std::uint32_t code) const { codes[i] = static_cast<std::uint8_t>(code); }
};

// Sets a bit in every lane that saw a code at or above `states`.
struct LimitSink {
  std::int32_t last;
  std::uint32_t* over;
  void row(std::int64_t, const std::uint32_t* code) const {
    for (int l = 0; l < kLanes; ++l)
      over[l] |= static_cast<std::uint32_t>(last - static_cast<std::int32_t>(code[l]));
  }
  void one(std::int64_t i, std::uint32_t code) const {
    over[i % kLanes] |= static_cast<std::uint32_t>(last - static_cast<std::int32_t>(code));
  }
};

// Where bit j of the code of value i stands, as a bit number in the packed bytes.
std::int64_t bit_of(std::int64_t i, int j, std::int64_t n, int width) {
  const std::int64_t block = i / kBlockValues;
  if (width == kMaxWidth || block == n / kBlockValues)
    return i * width + j;  // plain bytes, or the dense rest
  const std::int64_t lane = i % kLanes, row = i % kBlockValues / kLanes, bit = row * width + j;
  const std::int64_t word = block * kLanes * width + kLanes * (bit / 32) + lane;
  return 32 * word + bit % 32;
}

}  // namespace

void pack(const std::uint8_t* codes, std::int64_t n, int width, std::uint8_t* packed) {
  if (width == kMaxWidth) {
    if (n > 0) std::memcpy(packed, codes, static_cast<std::size_t>(n));
    return;
  }
  with_width(width, [&](auto b) { pack_from<b.value>(ByteSource{codes}, n, packed); });
}

void unpack(const std::uint8_t* packed, std::int64_t n, int width, std::uint8_t* codes) {
  if (width == kMaxWidth) {
    if (n > 0) std::memcpy(codes, packed, static_cast<std::size_t>(n));
    return;
  }
  with_width(width, [&](auto b) { unpack_to<b.value>(packed, n, ByteSink{codes}); });
}

bool codes_below(const std::uint8_t* packed, std::int64_t n, int width, int states) {
  if (states >= 1 << width) return true;
  std::uint32_t over[kLanes] = {};
  with_width(width, [&](auto b) { unpack_to<b.value>(packed, n, LimitSink{states - 1, over}); });
  std::uint32_t any = 0;
  for (std::uint32_t lane : over) any |= lane;
  return any >> 31 == 0;
}

bool padding_is_zero(const std::uint8_t* packed, std::int64_t n, int width) {
  const std::int64_t used = n * width % 8;
  return used == 0 || packed[n * width / 8] >> used == 0;
}

namespace reference {

void pack(const std::uint8_t* codes, std::int64_t n, int width, std::uint8_t* packed) {
  for (std::int64_t byte = 0; byte < packed_bytes(n, width); ++byte) packed[byte] = 0;
  for (std::int64_t i = 0; i < n; ++i)
    for (int j = 0; j < width; ++j) {
      const std::int64_t bit = bit_of(i, j, n, width);
      packed[bit / 8] = static_cast<std::uint8_t>(packed[bit / 8] | (codes[i] >> j & 1) << bit % 8);
    }
}

void unpack(const std::uint8_t* packed, std::int64_t n, int width, std::uint8_t* codes) {
  for (std::int64_t i = 0; i < n; ++i) {
    codes[i] = 0;
    for (int j = 0; j < width; ++j) {
      const std::int64_t bit = bit_of(i, j, n, width);
      codes[i] = static_cast<std::uint8_t>(codes[i] | (packed[bit / 8] >> bit % 8 & 1) << j);
    }
  }
}

}  // namespace reference
}  // namespace packrat::kernels
