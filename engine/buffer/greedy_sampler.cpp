#include "engine/buffer/greedy_sampler.h"

namespace packrat {

bool GreedySampler::admits(const Arrival& arrival, const Held& held, Rng&) const {
  const ClassCounts& counts = held.counts;
  return !counts.has_seen(arrival.label) || counts.held(arrival.label) < held.capacity / counts.seen();
}

std::int64_t GreedySampler::evict(const Arrival& incoming, const Held& held, Rng& rng) const {
  const int largest = held.counts.largest_with(incoming.label);
  const auto count = static_cast<std::uint64_t>(held.counts.held(largest));
  // Of count + 1 entries, the incoming one is drawn like any other.
  if (largest == incoming.label && rng.below(count + 1) == count) return kIncoming;
  return draw_slot_of(largest, held.labels, rng);
}

}  // namespace packrat
