#include "engine/buffer/greedy_sampler.h"

namespace packrat {

bool GreedySampler::admits(int label, std::int64_t capacity, const ClassCounts& counts) const {
  return !counts.has_seen(label) || counts.held(label) < capacity / counts.seen();
}

std::int64_t GreedySampler::evict(int incoming, std::int64_t /*capacity*/, const ClassCounts& counts,
                                  const LabelView& labels, Rng& rng) const {
  const int largest = counts.largest_with(incoming);
  const auto held = static_cast<std::uint64_t>(counts.held(largest));
  // Of held + 1 entries, the incoming one is drawn like any other.
  if (largest == incoming && rng.below(held + 1) == held) return kIncoming;
  const auto slots = static_cast<std::uint64_t>(labels.size);
  for (;;) {
    const auto slot = static_cast<std::int64_t>(rng.below(slots));
    if (labels[slot] == largest) return slot;
  }
}

}  // namespace packrat
