#include "engine/buffer/sampler.h"

namespace packrat {
namespace {

/// Reservoir sampling (Vitter, ACM TOMS 1985, algorithm R): row n of the stream, counted from 1, is stored
/// with probability min(1, N / n) and takes the place of an entry drawn uniformly, so that a buffer of N
/// slots is a uniform sample of the stream at all times. Keeps how many were offered.
class ReservoirSampler : public CopiedSampler<ReservoirSampler> {
 public:
  static constexpr const char* kName = "reservoir";

  std::string_view name() const override { return kName; }
  bool admits(const Arrival& arrival, const Held& held, Rng& rng) const override;
  std::int64_t evict(const Arrival& incoming, const Held& held, Rng& rng) const override;
  void start(int, std::int64_t) override { offered_ = 0; }
  void count(const Arrival&, const Held&) override { ++offered_; }
  std::int64_t state_bytes() const override { return 8; }
  void write_state(ByteWriter& out) const override { out.value(offered_); }
  void read_state(ByteReader& reader) override { offered_ = reader.value<std::uint64_t>(); }

 private:
  std::uint64_t offered_ = 0;
};

bool ReservoirSampler::admits(const Arrival&, const Held& held, Rng& rng) const {
  return static_cast<std::int64_t>(rng.below(offered_ + 1)) < held.capacity;
}

std::int64_t ReservoirSampler::evict(const Arrival&, const Held& held, Rng& rng) const {
  return static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(held.labels.size)));
}

}  // namespace

SamplerInfo reservoir_sampler() {
  return {ReservoirSampler::kName, "a uniform sample of the stream (Vitter's algorithm R)",
          make_copied<ReservoirSampler>};
}

}  // namespace packrat
