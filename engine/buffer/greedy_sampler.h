#pragma once
#include "engine/buffer/sampler.h"

namespace packrat {

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

}  // namespace packrat
