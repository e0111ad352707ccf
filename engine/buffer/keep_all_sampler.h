#pragma once
#include "engine/buffer/sampler.h"

namespace packrat {

/// Keeps every entry that is offered: the upper bound that trains on the whole data set (--whole_dataset).
class KeepAllSampler : public CopiedSampler<KeepAllSampler> {
 public:
  static constexpr const char* kName = "keep_all";

  std::string_view name() const override { return kName; }
  bool admits(const Arrival&, const Held&, Rng&) const override { return true; }
  /// Always UserError: the budget is too small for the data.
  std::int64_t evict(const Arrival& incoming, const Held& held, Rng& rng) const override;
};

/// The caller decides: entries are appended while there is room, then replaced by slot.
class ExternalSampler : public CopiedSampler<ExternalSampler> {
 public:
  static constexpr const char* kName = "external";

  std::string_view name() const override { return kName; }
  bool admits(const Arrival&, const Held&, Rng&) const override { return true; }
  /// Always UserError.
  std::int64_t evict(const Arrival& incoming, const Held& held, Rng& rng) const override;
};

}  // namespace packrat
