#pragma once
#include "engine/buffer/sampler.h"

namespace packrat {

/// Keeps every entry that is offered: the upper bound that trains on the whole data set (--whole_dataset).
class KeepAllSampler : public Sampler {
 public:
  static constexpr const char* kName = "keep_all";

  std::string_view name() const override { return kName; }
  bool admits(int, std::int64_t, const ClassCounts&) const override { return true; }
  /// Always UserError: the budget is too small for the data.
  std::int64_t evict(int incoming, std::int64_t capacity, const ClassCounts& counts, const LabelView& labels,
                     Rng& rng) const override;
};

}  // namespace packrat
