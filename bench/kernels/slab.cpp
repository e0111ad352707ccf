#include "bench/kernels/slab.h"

#include <map>
#include <memory>
#include <tuple>

#include "compressors/kernels/bitpack.h"
#include "engine/core/rng.h"

namespace packrat::bench {

Slab::Slab(std::int64_t entries, std::int64_t values, int width)
    : n(values),
      quantizer(kernels::make_uniform_quantizer(0, 3, 1 << width)),
      bytes(entries * kernels::packed_bytes(values, width)) {
  Rng rng(5);
  auto* const words = reinterpret_cast<std::uint64_t*>(bytes.bytes());
  for (std::int64_t i = 0; i < bytes.size() / 8; ++i) words[i] = rng.next();
  for (std::int64_t entry = 0; entry < entries; ++entry)
    order.push_back(bytes.bytes() + entry * kernels::packed_bytes(values, width));
  rng.shuffle(order);
}

const std::uint8_t* const* Slab::next(std::int64_t count) {
  if (at + static_cast<std::size_t>(count) > order.size()) at = 0;
  const std::uint8_t* const* first = order.data() + at;
  at += static_cast<std::size_t>(count);
  return first;
}

bool Slab::is_decoded(const float* out, std::int64_t count) const {
  std::vector<float> row(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < count; ++i) {
    kernels::reference::unpack_dequantize(order[static_cast<std::size_t>(i)], n, quantizer, row.data());
    if (!same_floats(out + i * n, row.data(), n)) return false;
  }
  return true;
}

Slab& slab_of(std::int64_t entries, std::int64_t values, int width) {
  static std::map<std::tuple<std::int64_t, std::int64_t, int>, std::unique_ptr<Slab>> slabs;
  std::unique_ptr<Slab>& slab = slabs[{entries, values, width}];
  if (!slab) slab = std::make_unique<Slab>(entries, values, width);
  return *slab;
}

}  // namespace packrat::bench
