#pragma once
#include "compressors/kernels/kernel_table.h"
#include "compressors/kernels/neon/walk.h"

// Packed codes to floats in one go: by TBL, from tables that hold one byte of every level each, or by
// arithmetic. Stores are never streamed.

namespace packrat::kernels::neon {
namespace {

/// 16 levels: byte k of each in plane k.
using Levels = uint8x16x4_t;

/// From a table of 2^B floats, B <= 6. A plane of it is as many registers as TBL takes.
template <int B>
struct TableLevels {
  static constexpr int kRegisters = B <= 4 ? 1 : 1 << (B - 4);

  explicit TableLevels(const float* table) {
    for (int r = 0; r < kRegisters; ++r) {
      float sixteen[kLanes] = {};
      std::memcpy(sixteen, table + kLanes * r, B < 4 ? 4 << B : sizeof sixteen);
      const Levels levels = vld4q_u8(reinterpret_cast<const std::uint8_t*>(sixteen));
      for (int k = 0; k < 4; ++k) plane[k][r] = levels.val[k];
    }
  }

  uint8x16_t bytes(const uint8x16_t (&p)[kRegisters], uint8x16_t codes) const {
    if constexpr (kRegisters == 1)
      return vqtbl1q_u8(p[0], codes);
    else if constexpr (kRegisters == 2)
      return vqtbl2q_u8({{p[0], p[1]}}, codes);
    else
      return vqtbl4q_u8({{p[0], p[1], p[2], p[3]}}, codes);
  }
  Levels operator()(uint8x16_t codes) const {
    return {{bytes(plane[0], codes), bytes(plane[1], codes), bytes(plane[2], codes), bytes(plane[3], codes)}};
  }

  uint8x16_t plane[4][kRegisters];
};

/// Writes the levels that TableLevels gives.
template <class Table>
struct TableSink {
  const Table table;
  float* out;

  static std::uint8_t* bytes(float* to) { return reinterpret_cast<std::uint8_t*>(to); }
  void row(std::int64_t i, uint8x16_t codes) const { vst4q_u8(bytes(out + i), table(codes)); }
  void write_eight(float* to, std::uint64_t codes) const {
    const Levels levels = table(low_half(codes));
    vst4_u8(bytes(to), {{vget_low_u8(levels.val[0]), vget_low_u8(levels.val[1]), vget_low_u8(levels.val[2]),
                         vget_low_u8(levels.val[3])}});
  }
  void eight(std::int64_t i, std::uint64_t codes) const { write_eight(out + i, codes); }
  void last(std::int64_t i, std::uint64_t codes, std::int64_t count) const {
    float levels[kHalf];
    write_eight(levels, codes);
    std::memcpy(out + i, levels, 4 * static_cast<std::size_t>(count));
  }
};

/// Writes fma(code, step, base), and 0 from code q.states up unless `AllCodes`.
template <bool AllCodes>
struct ComputedSink {
  ComputedSink(const UniformQuantizer& q, float* to)
      : step(vdupq_n_f32(q.step)),
        base(vdupq_n_f32(q.base)),
        states(vdupq_n_u32(static_cast<unsigned>(q.states))),
        out(to) {}

  void write_four(float* to, uint32x4_t codes) const {
    float32x4_t level = vfmaq_f32(base, vcvtq_f32_u32(codes), step);
    if constexpr (!AllCodes)
      level = vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(level), vcltq_u32(codes, states)));
    vst1q_f32(to, level);
  }
  void write_eight(float* to, uint8x8_t codes) const {
    const uint16x8_t wide = vmovl_u8(codes);
    write_four(to, vmovl_u16(vget_low_u16(wide)));
    write_four(to + 4, vmovl_high_u16(wide));
  }
  void row(std::int64_t i, uint8x16_t codes) const {
    write_eight(out + i, vget_low_u8(codes));
    write_eight(out + i + kHalf, vget_high_u8(codes));
  }
  void eight(std::int64_t i, std::uint64_t codes) const { write_eight(out + i, vcreate_u8(codes)); }
  void last(std::int64_t i, std::uint64_t codes, std::int64_t count) const {
    float levels[kHalf];
    write_eight(levels, vcreate_u8(codes));
    std::memcpy(out + i, levels, 4 * static_cast<std::size_t>(count));
  }

  float32x4_t step, base;
  uint32x4_t states;
  float* out;
};

/// Reads one level after the other from a table that no registers hold.
struct LoadedSink {
  const float* table;
  float* out;
  void row(std::int64_t i, uint8x16_t codes) const {
    std::uint8_t code[kLanes];
    vst1q_u8(code, codes);
    for (int l = 0; l < kLanes; ++l) out[i + l] = table[code[l]];
  }
  void eight(std::int64_t i, std::uint64_t codes) const { last(i, codes, kHalf); }
  void last(std::int64_t i, std::uint64_t codes, std::int64_t count) const {
    for (std::int64_t l = 0; l < count; ++l) out[i + l] = table[codes >> 8 * l & 255];
  }
};

void unpack_lookup(const std::uint8_t* packed, std::int64_t n, int width, const float* table, float* out,
                   Stores) {
  with_width(width, [&](auto b) {
    if constexpr (b.value <= 6)
      unpack_to<b.value>(packed, n, TableSink<TableLevels<b.value>>{TableLevels<b.value>(table), out});
    else
      unpack_to<b.value>(packed, n, LoadedSink{table, out});
  });
}

void unpack_dequantize(const std::uint8_t* packed, std::int64_t n, const UniformQuantizer& q, float* out,
                       Stores) {
  with_width(q.width, [&](auto b) {
    if constexpr (b.value <= 4) {
      float table[kLanes];
      ComputedSink<false>(q, table).row(
          0, vcombine_u8(vcreate_u8(0x0706050403020100u), vcreate_u8(0x0f0e0d0c0b0a0908u)));
      unpack_to<b.value>(packed, n, TableSink<TableLevels<b.value>>{TableLevels<b.value>(table), out});
    } else if (q.states == 1 << b.value) {
      unpack_to<b.value>(packed, n, ComputedSink<true>(q, out));
    } else {
      unpack_to<b.value>(packed, n, ComputedSink<false>(q, out));
    }
  });
}

}  // namespace
}  // namespace packrat::kernels::neon
