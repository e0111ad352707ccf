#include <fmt/format.h>

#include "engine/buffer/sampler.h"

namespace packrat {
namespace {

/// Keeps every entry that is offered: the upper bound that trains on the whole data set (--whole_dataset).
class KeepAllSampler : public CopiedSampler<KeepAllSampler> {
 public:
  static constexpr const char* kName = kKeepAllSampler;

  std::string_view name() const override { return kName; }
  bool admits(const Arrival&, const Held&, Rng&) const override { return true; }
  /// Always UserError: the budget is too small for the data.
  std::int64_t evict(const Arrival& incoming, const Held& held, Rng& rng) const override;
};

std::int64_t KeepAllSampler::evict(const Arrival&, const Held& held, Rng&) const {
  throw UserError(
      fmt::format("the sampler {} never evicts, but the buffer is full with {} entries (room for {}): raise "
                  "the budget or "
                  "use greedy_sampler",
                  kName, held.labels.size, held.capacity));
}

}  // namespace

SamplerInfo keep_all_sampler() {
  return {KeepAllSampler::kName, "keeps every entry; an error when the buffer is full",
          make_copied<KeepAllSampler>, false};
}

}  // namespace packrat
