#include "engine/studies/sparsify/packed_weights.h"

#include <algorithm>

#include "compressors/kernels/tight_index.h"

namespace packrat {
namespace {

constexpr std::int64_t kBlock = 65536;  // what an index reaches
constexpr int kLayouts = 8;             // room for in the layout byte

using Places = std::vector<std::uint16_t>;

Places kept_places(const float* keep, std::int64_t size) {
  Places places;
  for (std::int64_t i = 0; i < size; ++i)
    if (keep[i] != 0) places.push_back(static_cast<std::uint16_t>(i));
  return places;
}

void write_number(std::vector<std::uint8_t>& out, std::int64_t number) {
  std::uint8_t bytes[10];
  out.insert(out.end(), bytes, write_leb128(bytes, static_cast<std::uint64_t>(number)));
}

void write_places(std::int64_t size, const Places& places, std::vector<std::uint8_t>& out) {
  const auto kept = static_cast<std::int64_t>(places.size());
  const auto index = kernels::tight_sparse_index(size, kept, places.data());
  out.push_back(static_cast<std::uint8_t>(static_cast<int>(index.layout) + kLayouts * index.field_bits));
  write_number(out, index.bytes());
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(index.bytes()));
  kernels::write_index(index, places.data(), bytes.data());
  out.insert(out.end(), bytes.begin(), bytes.end());
}

Places read_places(ByteReader& reader, std::int64_t size, std::int64_t kept) {
  const int layout = reader.value<std::uint8_t>();
  const std::uint64_t bytes = read_leb128(reader);
  const auto index =
      bytes <= reader.left()
          ? kernels::tight_index_of_bytes(static_cast<kernels::IndexLayout>(layout % kLayouts),
                                          layout / kLayouts, size, kept, static_cast<std::int64_t>(bytes))
          : std::nullopt;
  if (!index) throw CorruptEntry("an index has a size that no index has");
  Places places(static_cast<std::size_t>(kept));
  if (!kernels::read_index(*index, reader.bytes(bytes), places.data()))
    throw CorruptEntry("an index is damaged");
  return places;
}

Places all_places(std::int64_t size) {
  Places places(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = static_cast<std::uint16_t>(i);
  return places;
}

}  // namespace

PackedBytes write_kept_weights(const MaskedWeights& weights, std::vector<std::uint8_t>& out) {
  PackedBytes taken;
  ByteWriter writer(out);
  for (std::int64_t begin = 0; begin < weights.count; begin += kBlock) {
    const std::int64_t size = std::min(kBlock, weights.count - begin);
    const Places places = kept_places(weights.keep + begin, size);
    const auto kept = static_cast<std::int64_t>(places.size());
    const std::size_t start = out.size();
    write_number(out, kept);
    if (kept > 0 && kept < size) write_places(size, places, out);
    taken.index += static_cast<std::int64_t>(out.size() - start);
    for (std::int64_t part = 0; part < weights.parts; ++part)
      for (const std::uint16_t place : places)
        writer.value(weights.values[part * weights.count + begin + place]);
    taken.values += weights.parts * kept * static_cast<std::int64_t>(sizeof(float));
  }
  return taken;
}

void read_kept_weights(ByteReader& reader, std::int64_t count, std::int64_t parts, float* values,
                       float* keep) {
  for (std::int64_t begin = 0; begin < count; begin += kBlock) {
    const std::int64_t size = std::min(kBlock, count - begin);
    const auto kept = static_cast<std::int64_t>(read_leb128(reader));
    if (kept > size) throw CorruptEntry("a block keeps more weights than it has");
    if (kept == 0) continue;
    const Places places = kept < size ? read_places(reader, size, kept) : all_places(size);
    for (std::int64_t part = 0; part < parts; ++part)
      for (const std::uint16_t place : places) values[part * count + begin + place] = reader.value<float>();
    for (const std::uint16_t place : places) keep[begin + place] = 1;
  }
}

}  // namespace packrat
