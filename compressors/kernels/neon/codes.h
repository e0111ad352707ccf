#pragma once
#include "compressors/kernels/neon/walk.h"

// Codes between bytes and bits.

namespace packrat::kernels::neon {
namespace {

struct ByteSource {
  const std::uint8_t* codes;
  uint8x16_t row(std::int64_t i) const { return vld1q_u8(codes + i); }
  std::uint64_t eight(std::int64_t i) const {
    std::uint64_t bytes;
    std::memcpy(&bytes, codes + i, sizeof bytes);
    return bytes;
  }
  std::uint64_t last(std::int64_t i, std::int64_t count) const {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, codes + i, static_cast<std::size_t>(count));
    return bytes;
  }
};

struct ByteSink {
  std::uint8_t* codes;
  void row(std::int64_t i, uint8x16_t row) const { vst1q_u8(codes + i, row); }
  void eight(std::int64_t i, std::uint64_t bytes) const { std::memcpy(codes + i, &bytes, sizeof bytes); }
  void last(std::int64_t i, std::uint64_t bytes, std::int64_t count) const {
    std::memcpy(codes + i, &bytes, static_cast<std::size_t>(count));
  }
};

struct GreatestSink {
  uint8x16_t greatest = vdupq_n_u8(0);
  void row(std::int64_t, uint8x16_t row) { greatest = vmaxq_u8(greatest, row); }
  void eight(std::int64_t i, std::uint64_t bytes) { row(i, low_half(bytes)); }
  void last(std::int64_t i, std::uint64_t bytes, std::int64_t) { row(i, low_half(bytes)); }
};

void pack(const std::uint8_t* codes, std::int64_t n, int width, std::uint8_t* packed) {
  with_width(width, [&](auto b) { pack_from<b.value>(ByteSource{codes}, n, packed); });
}

void unpack(const std::uint8_t* packed, std::int64_t n, int width, std::uint8_t* codes) {
  with_width(width, [&](auto b) { unpack_to<b.value>(packed, n, ByteSink{codes}); });
}

bool codes_below(const std::uint8_t* packed, std::int64_t n, int width, int states) {
  if (states >= 1 << width) return true;
  int greatest = 0;
  with_width(width, [&](auto b) {
    GreatestSink sink;
    unpack_to<b.value>(packed, n, sink);
    greatest = vmaxvq_u8(sink.greatest);
  });
  return greatest < states;
}

}  // namespace
}  // namespace packrat::kernels::neon
