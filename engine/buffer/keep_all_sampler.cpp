#include "engine/buffer/keep_all_sampler.h"

#include <fmt/format.h>

namespace packrat {

std::int64_t KeepAllSampler::evict(int, std::int64_t capacity, const ClassCounts&, const LabelView& labels,
                                   Rng&) const {
  throw UserError(
      fmt::format("the sampler {} never evicts, but the buffer is full with {} entries (room for {}): raise "
                  "the budget or "
                  "use greedy_sampler",
                  kName, labels.size, capacity));
}

}  // namespace packrat
