#include "engine/buffer/sampler.h"

namespace packrat {
namespace {

/// Greedy class-balanced sampling (Prabhu, Torr, Dokania: GDumb, ECCV 2020, algorithm 1). With N slots:
/// - an entry of a class never seen before is stored; any other is stored if its class holds fewer than
///   floor(N / classes seen so far);
/// - when that makes more than N, one entry drawn uniformly from the largest class (the new entry counted; of
/// several
///   classes, the one seen first) is evicted.
///
/// No list of slots per class is kept: the victim is found by drawing slots until one has the right label.
/// The largest class holds at least one part in `classes seen` of all entries, so that takes at most as many
/// draws as there are classes, on average, however large N is.
class GreedySampler : public CopiedSampler<GreedySampler> {
 public:
  static constexpr const char* kName = "greedy_sampler";

  std::string_view name() const override { return kName; }
  bool admits(const Arrival& arrival, const Held& held, Rng& rng) const override;
  std::int64_t evict(const Arrival& incoming, const Held& held, Rng& rng) const override;
};

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

}  // namespace

SamplerInfo greedy_sampler() {
  return {GreedySampler::kName,
          "greedy and class-balanced (GDumb): a full buffer evicts from its largest class",
          make_copied<GreedySampler>};
}

}  // namespace packrat
