#include "engine/buffer/ring_sampler.h"

#include <cstring>

#include "engine/buffer/entry_storage.h"

namespace packrat {

std::int64_t RingSampler::evict(const Arrival& incoming, const Held& held, Rng&) const {
  const int largest = held.counts.largest_with(incoming.label);
  std::int64_t oldest = kIncoming;  // the class holds nothing yet: there is a slot for every class but this
  std::uint32_t most = 0;
  for (std::int64_t slot = 0; slot < held.labels.size; ++slot) {
    if (held.labels[slot] != largest) continue;
    std::uint32_t number;
    std::memcpy(&number, held.storage->beside(slot), sizeof number);
    if (const std::uint32_t age = next_ - number; age > most || oldest == kIncoming) {
      most = age;
      oldest = slot;
    }
  }
  return oldest;
}

void RingSampler::write_note(std::uint8_t* note) {
  std::memcpy(note, &next_, sizeof next_);
  ++next_;
}

}  // namespace packrat
