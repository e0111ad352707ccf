#include "engine/buffer/entry_storage.h"

#include <algorithm>

namespace packrat {

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
