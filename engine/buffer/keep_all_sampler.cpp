#include "engine/buffer/keep_all_sampler.h"

#include <fmt/format.h>

namespace packrat {

std::int64_t KeepAllSampler::evict(const Arrival&, const Held& held, Rng&) const {
  throw UserError(
      fmt::format("the sampler {} never evicts, but the buffer is full with {} entries (room for {}): raise "
                  "the budget or "
                  "use greedy_sampler",
                  kName, held.labels.size, held.capacity));
}

std::int64_t ExternalSampler::evict(const Arrival&, const Held& held, Rng&) const {
  throw UserError(fmt::format(
      "the sampler {} leaves to the caller who goes, but the buffer is full with {} entries (room for "
      "{}): replace or remove a slot",
      kName, held.labels.size, held.capacity));
}

}  // namespace packrat
