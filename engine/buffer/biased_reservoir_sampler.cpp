#include "engine/buffer/sampler.h"

namespace packrat {
namespace {

/// Biased reservoir sampling (Aggarwal, VLDB 2006, algorithm 2.1 with no slot left empty): every row is
/// stored, and in a full buffer takes the place of an entry drawn uniformly. Of N slots, a row is still held
/// n rows later with probability (1 - 1/N)^n: memory that fades, for streams whose present counts. Keeps
/// nothing.
class BiasedReservoirSampler : public CopiedSampler<BiasedReservoirSampler> {
 public:
  static constexpr const char* kName = "biased_reservoir";

  std::string_view name() const override { return kName; }
  bool admits(const Arrival&, const Held&, Rng&) const override { return true; }
  std::int64_t evict(const Arrival&, const Held& held, Rng& rng) const override {
    return static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(held.labels.size)));
  }
};

}  // namespace

SamplerInfo biased_reservoir_sampler() {
  return {BiasedReservoirSampler::kName, "favours the latest: a row fades exponentially (Aggarwal)",
          make_copied<BiasedReservoirSampler>};
}

}  // namespace packrat
