#include <algorithm>

#include "engine/studies/sparsify/packed_file.h"
#include "engine/studies/sparsify/packed_weights.h"
#include "tests/fuzz/targets.h"

namespace packrat::fuzzing {
namespace {

constexpr std::int64_t kMostPlaces = 200000;

/// The checksum is right, whatever the frame holds.
bool read_packed(ByteView bytes) try {
  ByteReader start(bytes);
  const std::int64_t count = 1 + start.value<std::uint32_t>() % kMostPlaces;
  const std::int64_t parts = 1 + start.value<std::uint8_t>() % 2;
  const std::size_t size = start.left();
  const std::uint8_t* body = start.bytes(size);
  const Bytes sealed = seal_packed_file("{}", {body, body + size});
  const PackedFile file = open_packed_file({sealed.data(), sealed.size()});
  std::vector<float> values(static_cast<std::size_t>(count * parts)), keep(static_cast<std::size_t>(count));
  ByteReader reader(file.body);
  read_kept_weights(reader, count, parts, values.data(), keep.data());
  return reader.left() == 0;
} catch (const CorruptEntry&) {
  return false;
}

bool open_as_it_is(ByteView bytes) try {
  open_packed_file(bytes);
  return true;
} catch (const CorruptEntry&) {
  return false;
}

/// Weights of which every step-th is kept.
Bytes packed(std::int64_t count, std::int64_t parts, std::int64_t step) {
  std::vector<float> values(static_cast<std::size_t>(count * parts), 0.5F),
      keep(static_cast<std::size_t>(count));
  for (std::int64_t i = step - 1; i < count; i += step) keep[static_cast<std::size_t>(i)] = 1;
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.value(static_cast<std::uint32_t>(count - 1));
  writer.value(static_cast<std::uint8_t>(parts - 1));
  write_kept_weights({values.data(), keep.data(), count, parts}, bytes);
  return bytes;
}

std::vector<Bytes> packed_contents() {
  std::vector<Bytes> all;
  for (const std::int64_t count : {1, 40, 3000, 70000})
    for (const std::int64_t step : {1, 2, 7, 100, 80000})
      all.push_back(packed(count, 1 + count % 2, std::max<std::int64_t>(1, step * count / 70000)));
  return all;
}

}  // namespace

Target packed_weights_target() {
  return {"packed_weights", read_packed, packed_contents};
}
Target packed_file_target() {
  return {"packed_file", open_as_it_is, [] {
            return std::vector<Bytes>{seal_packed_file("{}", {}), seal_packed_file("{\"a\":1}", {1, 2, 3})};
          }};
}

}  // namespace packrat::fuzzing
