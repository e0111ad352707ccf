#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/buffer/class_counts.h"
#include "engine/buffer/label_view.h"
#include "engine/core/rng.h"

namespace packrat {

/// What becomes of an entry that is offered to the buffer.
struct Decision {
  enum class Action { kSkip, kAppend, kReplace };
  Action action = Action::kSkip;
  int label = 0;
  std::int64_t slot = 0;  ///< the slot that the entry takes over; only meaningful for kReplace
};

/// Decides who stays. It sees labels, never entries, and keeps no state: all it knows is in its arguments, so
/// that the same arguments and the same random stream give the same decision.
class Sampler {
 public:
  static constexpr std::int64_t kIncoming = -1;  ///< evict(): the victim is the entry that is coming in

  virtual ~Sampler() = default;
  virtual std::string_view name() const = 0;

  /// Whether an entry of class `label` is to be stored in a buffer of `capacity` entries.
  virtual bool admits(int label, std::int64_t capacity, const ClassCounts& counts) const = 0;

  /// Who has to go so that one more entry, of class `incoming`, fits: a slot of `labels`, or kIncoming.
  /// counts: of the held entries, without the incoming one.
  virtual std::int64_t evict(int incoming, std::int64_t capacity, const ClassCounts& counts,
                             const LabelView& labels, Rng& rng) const = 0;

  /// admits() and evict() together, for a buffer of `capacity` slots that never holds more: the incoming
  /// entry takes the victim's slot, or is skipped when it is the victim itself.
  Decision offer(int label, std::int64_t capacity, const ClassCounts& counts, const LabelView& labels,
                 Rng& rng) const;
};

/// The sampler of that name; UserError with the list of names for any other.
std::unique_ptr<const Sampler> make_sampler(std::string_view name);

/// One row of the table of samplers, for help texts and tests.
struct SamplerInfo {
  std::string name;
  std::string summary;
};
std::vector<SamplerInfo> sampler_table();

}  // namespace packrat
