#pragma once
#include <vector>

#include "engine/buffer/sampler.h"

namespace packrat {

/// Herding (Welling, ICML 2009; as iCaRL uses it, Rebuffi et al., CVPR 2017) on a stream, class-balanced:
/// those stay whose mean is nearest to the mean of all rows of their class. Every entry is a candidate; a
/// full buffer considers its largest class, the incoming entry counted, and drops the one without which the
/// mean of the others, as they decode, is nearest to the class's. Keeps a count and a float32 mean of every
/// class. An arrival decodes the entries of one class.
class HerdingSampler : public CopiedSampler<HerdingSampler> {
 public:
  static constexpr const char* kName = "herding";

  std::string_view name() const override { return kName; }
  bool admits(const Arrival&, const Held&, Rng&) const override { return true; }
  std::int64_t evict(const Arrival& incoming, const Held& held, Rng& rng) const override;
  bool decides_by_labels() const override { return false; }
  void start(int classes, std::int64_t values) override;
  void count(const Arrival& arrival, const Held& held) override;
  std::int64_t state_bytes() const override;
  void write_state(ByteWriter& out) const override;
  void read_state(ByteReader& reader) override;

 private:
  const float* mean(int label) const { return means_.data() + label * values_; }

  std::int64_t values_ = 0;
  std::vector<std::uint64_t> offered_;  // by class
  std::vector<float> means_;            // [classes, values]
};

}  // namespace packrat
