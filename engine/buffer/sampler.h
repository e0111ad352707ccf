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

class Codec;
class EntryStorage;

/// What becomes of an entry that is offered to the buffer.
struct Decision {
  enum class Action { kSkip, kAppend, kReplace };
  Action action = Action::kSkip;
  int label = 0;
  std::int64_t slot = 0;  ///< the slot that the entry takes over; only meaningful for kReplace
};

/// An entry that is offered.
struct Arrival {
  Arrival(int its_label, const float* its_row = nullptr) : label(its_label), row(its_row) {}  // NOLINT

  int label;         ///< kNoLabel: nothing is offered, the buffer has to get smaller
  const float* row;  ///< for samplers that look at rows; else null
  static constexpr int kNoLabel = -1;
};

/// What a sampler sees of the buffer.
struct Held {
  std::int64_t capacity;
  const ClassCounts& counts;
  LabelView labels;
  const EntryStorage* storage = nullptr;  ///< null for samplers that decide by labels alone
  const Codec* codec = nullptr;           ///< the same

  bool is_full() const { return labels.size >= capacity; }
};

/// Decides who stays. What it knows beside its arguments it keeps in state_bytes() bytes, which belong to the
/// buffer's memory, and in a note beside each entry: the same state, arguments and random stream give the
/// same decision.
class Sampler {
 public:
  static constexpr std::int64_t kIncoming = -1;  ///< evict(): the victim is the entry that is coming in

  virtual ~Sampler() = default;
  virtual std::string_view name() const = 0;

  /// Whether an entry is to be stored.
  virtual bool admits(const Arrival& arrival, const Held& held, Rng& rng) const = 0;

  /// Who has to go so that one more entry fits: a slot of held.labels, or kIncoming.
  virtual std::int64_t evict(const Arrival& incoming, const Held& held, Rng& rng) const = 0;

  /// admits() and evict() together, for a buffer of `capacity` slots that never holds more: the incoming
  /// entry takes the victim's slot, or is skipped when it is the victim itself.
  Decision offer(const Arrival& arrival, const Held& held, Rng& rng) const;

  /// Whether decisions need nothing but labels, so that those about a chunk can be made before it is encoded.
  virtual bool decides_by_labels() const { return true; }

  /// Begins, or begins again, with nothing offered. values: of a row.
  virtual void start(int classes, std::int64_t values);
  /// Called once for every entry that is offered, before it is stored or dropped.
  virtual void count(const Arrival& arrival, const Held& held);
  /// Bytes of a note beside every entry, and what it says of one that is stored.
  virtual std::int64_t note_bytes() const { return 0; }
  virtual void write_note(std::uint8_t* note);

  /// So many rows are about to be offered to a buffer of `capacity` slots, and no entry will move to another
  /// slot until it is said that 0 are: what finds victims faster may be kept for as long. Changes no
  /// decision.
  virtual void expect_rows(std::int64_t) {}

  bool keeps_anything() const { return note_bytes() > 0 || state_bytes() > 0; }

  /// Its own memory: as many bytes from start() on.
  virtual std::int64_t state_bytes() const { return 0; }
  virtual void write_state(ByteWriter& out) const;
  /// CorruptEntry when these are not such bytes.
  virtual void read_state(ByteReader& reader);
  /// Another one in the same state.
  virtual std::unique_ptr<Sampler> clone() const = 0;
};

/// clone() for samplers that can be copied.
template <typename T>
class CopiedSampler : public Sampler {
 public:
  std::unique_ptr<Sampler> clone() const override {
    return std::make_unique<T>(static_cast<const T&>(*this));
  }
};

/// The sampler of that name; "greedy" is greedy_sampler. UserError with the list of names for any other.
std::unique_ptr<Sampler> make_sampler(std::string_view name);

/// A slot of that class, drawn uniformly by drawing slots until one has the label. The class holds at least
/// one entry.
std::int64_t draw_slot_of(int label, const LabelView& labels, Rng& rng);

/// name() as make_sampler() takes it, the short one where there is one.
std::string short_name(const Sampler& sampler);

/// Of the sampler of --whole_dataset.
inline constexpr const char* kKeepAllSampler = "keep_all";

/// One row of the table of samplers, which its file gives: NAME_sampler().
struct SamplerInfo {
  std::string name;
  std::string summary;
  std::unique_ptr<Sampler> (*make)();
  bool for_runs = true;  ///< can be named in `packrat run --sampler`
};

/// The one table. CMakeLists.txt has the list that it is made from.
const std::vector<SamplerInfo>& sampler_table();

/// For SamplerInfo::make.
template <typename T>
std::unique_ptr<Sampler> make_copied() {
  return std::make_unique<T>();
}

}  // namespace packrat
