#include <fmt/format.h>

#include "engine/buffer/sampler.h"

namespace packrat {
namespace {

/// The caller decides: entries are appended while there is room, then replaced by slot.
class ExternalSampler : public CopiedSampler<ExternalSampler> {
 public:
  static constexpr const char* kName = "external";

  std::string_view name() const override { return kName; }
  bool admits(const Arrival&, const Held&, Rng&) const override { return true; }
  /// Always UserError.
  std::int64_t evict(const Arrival& incoming, const Held& held, Rng& rng) const override;
};

std::int64_t ExternalSampler::evict(const Arrival&, const Held& held, Rng&) const {
  throw UserError(fmt::format(
      "the sampler {} leaves to the caller who goes, but the buffer is full with {} entries (room for "
      "{}): replace or remove a slot",
      kName, held.labels.size, held.capacity));
}

}  // namespace

SamplerInfo external_sampler() {
  return {ExternalSampler::kName, "libpackrat: the caller names the slots that are replaced",
          make_copied<ExternalSampler>, false};
}

}  // namespace packrat
