#include "engine/buffer/entry_storage.h"

#include <algorithm>
#include <stdexcept>

#include "compressors/codec.h"

namespace packrat {

void EntryStorage::decode(const Codec& codec, const std::vector<std::int64_t>& slots, Rows out) const {
  std::vector<ByteView> entries;
  entries.reserve(slots.size());
  for (const std::int64_t slot : slots) entries.push_back(entry(slot));
  codec.decode(entries, out);
}

void EntryStorage::decode_there(const std::vector<std::int64_t>&, float*) const {
  throw std::logic_error("the entries lie in this process, not on a device");
}

void EntryStorage::append_with(int label, ByteView entry, ByteView beside_it) {
  append(label, entry);
  write_beside(size() - 1, 0, beside_it);
}

void EntryStorage::replace_with(std::int64_t slot, int label, ByteView entry, ByteView beside_it) {
  replace(slot, label, entry);
  write_beside(slot, 0, beside_it);
}

void EntryStorage::write_beside(std::int64_t slot, std::int64_t begin, ByteView bytes) {
  if (bytes.size > 0) std::copy_n(bytes.data, bytes.size, beside(slot) + begin);
}

}  // namespace packrat
