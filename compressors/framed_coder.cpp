#include "compressors/framed_coder.h"

#include <algorithm>
#include <cstring>

#include "compressors/code_stage.h"

namespace packrat {
namespace {

// No stage writes entries as long as this; a damaged length must not ask for all the memory there is.
std::int64_t most_plain_bytes(const Domain& domain) {
  return 8 * domain.values() + 1024;
}

}  // namespace

FramedCoder::FramedCoder(const Codec& plain)
    : plain_bytes_(plain.entry_bytes()),
      most_bytes_(plain_bytes_.value_or(most_plain_bytes(plain.domain()))) {}

EntryBatch FramedCoder::encode(const EntryBatch& plain) const {
  EntryBatch coded;
  std::vector<std::uint8_t> packed;
  for (const ByteView& entry : plain.entries()) {
    const auto size = static_cast<std::int64_t>(entry.size);
    packed.clear();
    if (!plain_bytes_) packed.resize(static_cast<std::size_t>(leb128_bytes(entry.size)));
    const std::size_t length_bytes = packed.size();
    if (size <= most_bytes_) pack(entry, packed);
    if (packed.size() > length_bytes && packed.size() <= entry.size) {
      if (length_bytes > 0) write_leb128(packed.data(), entry.size);
      std::copy(packed.begin(), packed.end(), coded.append(1, static_cast<std::int64_t>(packed.size())));
    } else {
      std::copy(entry.data, entry.data + entry.size, coded.append(1, size + 1) + 1);
    }
  }
  return coded;
}

FramedCoder::Frame FramedCoder::open(ByteView entry, std::int64_t i) const {
  if (entry.size == 0) throw_corrupt(i, "nothing");
  ByteReader reader(entry);
  const auto rest = [&] {
    const std::size_t size = reader.left();
    return ByteView{reader.bytes(size), size};
  };
  if (entry.data[0] == 0) {
    reader.value<std::uint8_t>();
    const ByteView plain = rest();
    const auto size = static_cast<std::int64_t>(plain.size);
    if (size != plain_bytes_.value_or(size)) throw_corrupt(i, "a plain entry of another size");
    return {false, plain, size};
  }
  const std::int64_t size = plain_bytes_ ? *plain_bytes_ : static_cast<std::int64_t>(read_leb128(reader));
  if (size > most_bytes_) throw_corrupt(i, "a length that no entry has");
  return {true, rest(), size};
}

EntryBatch FramedCoder::decode(const std::vector<ByteView>& entries) const {
  std::vector<Frame> frames;
  EntryBatch plain;
  for (const ByteView& entry : entries) {
    frames.push_back(open(entry, static_cast<std::int64_t>(frames.size())));
    plain.offset.push_back(plain.offset.back() + frames.back().plain_bytes);
  }
  plain.bytes.resize(static_cast<std::size_t>(plain.offset.back()));
  std::vector<Packed> packed;
  std::vector<std::size_t> entry_of;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const Frame& frame = frames[i];
    std::uint8_t* to = plain.bytes.data() + plain.offset[i];
    if (frame.packed) {
      packed.push_back({frame.bytes, frame.plain_bytes, to, false});
      entry_of.push_back(i);
    } else if (frame.bytes.size > 0) {
      std::memcpy(to, frame.bytes.data, frame.bytes.size);
    }
  }
  unpack(packed);
  for (std::size_t j = 0; j < packed.size(); ++j)
    if (!packed[j].good)
      throw_corrupt(static_cast<std::int64_t>(entry_of[j]), "bytes that no entry packs to");
  return plain;
}

}  // namespace packrat
