// Codes in plain C++: packing, unpacking, quantizing, reading back.
#include <cstring>

#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/scalar/scalar.h"
#include "compressors/kernels/scalar/v16.h"
#include "compressors/kernels/uniform_bins.h"

namespace packrat::kernels::scalar {
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

struct NearestBoundary {
  const float* x;
  float lo, step, inverse, last;
  std::uint32_t one(std::int64_t i) const { return code_by_nearest_boundary(x[i], lo, step, inverse, last); }
  void row(std::int64_t i, std::uint32_t* code) const {
    for (int l = 0; l < kLanes; ++l) code[l] = one(i + l);
  }
};

struct BoundarySearch {
  const float* x;
  const UniformQuantizer* q;
  std::uint32_t one(std::int64_t i) const { return code_by_search(x[i], *q); }
  void row(std::int64_t i, std::uint32_t* code) const {
    for (int l = 0; l < kLanes; ++l) code[l] = one(i + l);
  }
};

struct LevelSink {
  const float* table;
  float* out;
  void row(std::int64_t i, const std::uint32_t* code) const {
    for (int l = 0; l < kLanes; ++l) out[i + l] = table[code[l]];
  }
  void one(std::int64_t i, std::uint32_t code) const { out[i] = table[code]; }
};

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

void quantize_pack(const float* x, std::int64_t n, const UniformQuantizer& q, std::uint8_t* packed) {
  with_width(q.width, [&](auto b) {
    if (q.spread)
      pack_from<b.value>(NearestBoundary{x, q.lo, q.step, q.inverse, static_cast<float>(q.states - 1)}, n,
                         packed);
    else
      pack_from<b.value>(BoundarySearch{x, &q}, n, packed);
  });
}

void unpack_lookup(const std::uint8_t* packed, std::int64_t n, int width, const float* table, float* out,
                   Stores) {
  with_width(width, [&](auto b) { unpack_to<b.value>(packed, n, LevelSink{table, out}); });
}

void unpack_dequantize(const std::uint8_t* packed, std::int64_t n, const UniformQuantizer& q, float* out,
                       Stores stores) {
  float table[1 << kMaxWidth];
  fill_levels(q, table);
  unpack_lookup(packed, n, q.width, table, out, stores);
}

}  // namespace packrat::kernels::scalar

namespace packrat::kernels {

const KernelTable kScalarKernels = {scalar::pack,           scalar::unpack,
                                    scalar::codes_below,    scalar::quantize_pack,
                                    scalar::unpack_lookup,  scalar::unpack_dequantize,
                                    scalar::value_range,    scalar::all_finite,
                                    scalar::select_largest, scalar::scatter_coordinates,
                                    scalar::scatter_bitmap, scalar::multiply_add};

}  // namespace packrat::kernels
