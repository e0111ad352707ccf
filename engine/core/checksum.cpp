#include "engine/core/checksum.h"

#include <xxhash.h>

#include <new>

namespace packrat {

Checksum::Checksum() : state_(XXH3_createState(), [](XXH3_state_s* state) { XXH3_freeState(state); }) {
  if (!state_) throw std::bad_alloc();
  XXH3_64bits_reset(state_.get());
}

void Checksum::update(ByteView piece) {
  XXH3_64bits_update(state_.get(), piece.data, piece.size);
}

std::uint64_t Checksum::value() const {
  return XXH3_64bits_digest(state_.get());
}

}  // namespace packrat
