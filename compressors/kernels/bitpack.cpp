#include "compressors/kernels/bitpack.h"

#include "compressors/kernels/kernel_table.h"

namespace packrat::kernels {
namespace {

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
  active_kernels().pack(codes, n, width, packed);
}

void unpack(const std::uint8_t* packed, std::int64_t n, int width, std::uint8_t* codes) {
  active_kernels().unpack(packed, n, width, codes);
}

bool codes_below(const std::uint8_t* packed, std::int64_t n, int width, int states) {
  return active_kernels().codes_below(packed, n, width, states);
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
