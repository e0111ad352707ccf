#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "compressors/entries.h"
#include "compressors/rows.h"
#include "engine/buffer/budget.h"
#include "engine/buffer/entry_storage.h"
#include "engine/buffer/greedy_sampler.h"
#include "engine/buffer/sampler.h"

namespace packrat {

class Codec;

/// The replay buffer: packed entries, their labels and nothing else per entry. The sampler decides who stays,
/// the storage keeps the bytes, the ledger counts them where they lie. Entries of one size live in a slab
/// that is allocated once, others in a log (slab_storage.h, log_storage.h).
///
/// Under a budget in bytes everything counts: payload, labels, index, slack and what the codec's entries
/// share. Entries of one size then get as many slots as fit. With entries of differing size, the N of the
/// sampler's quota is estimated from the mean size of the entries held, and entries are evicted until the new
/// one fits.
class ReplayBuffer {
 public:
  /// classes: labels are 0 .. classes-1, 1 <= classes <= 65536. UserError when the budget has room for less
  /// than one slot, or, in bytes, for less than one entry of every class.
  ReplayBuffer(std::shared_ptr<const Codec> codec, int classes, Budget budget,
               std::unique_ptr<const Sampler> sampler = std::make_unique<GreedySampler>());

  /// What becomes of an entry of class `label`, before it is encoded. Changes nothing; holds until the buffer
  /// next changes. kSkip: do not encode. UserError for a label that is no class.
  Decision decide(int label, Rng& rng) const;
  /// Carries out a decision; `entry` is not read for kSkip. Returns whether the entry is now held: under a
  /// budget in bytes with entries of differing size, the new entry itself may have to make room. UserError
  /// when it could not fit even in an empty buffer, std::logic_error when the budget is overrun (a bug).
  bool store(const Decision& decision, ByteView entry, Rng& rng);
  /// decide() and store().
  bool offer(int label, ByteView entry, Rng& rng);

  /// Offers a chunk of the stream: rows [n, codec().domain().values()], `labels` n labels, `position` the
  /// place of the first row in the stream. Row i draws from rng.fork("offer", position + i), and the buffer
  /// ends up, byte for byte, as after offering row by row; but only rows that are still held at the end of
  /// the chunk are encoded (entries of differing size: rows that are admitted). NaN or infinity in such a row
  /// is a UserError that names its position in the stream; entries of one size are then as before the call.
  /// Returns the number of rows encoded.
  std::int64_t ingest(ConstRows rows, const std::vector<int>& labels, std::int64_t position, const Rng& rng);

  std::int64_t size() const { return storage_->size(); }
  /// Entries that fit: slots, or an estimate when only bytes limit entries of differing size.
  std::int64_t capacity() const { return storage_->capacity(); }
  int classes() const { return counts_.classes(); }
  const ClassCounts& counts() const { return counts_; }
  const Codec& codec() const { return *codec_; }
  std::shared_ptr<const Codec> shared_codec() const { return codec_; }
  const Sampler& sampler() const { return *sampler_; }
  const Budget& budget() const { return budget_; }

  int label(std::int64_t slot) const { return storage_->labels()[slot]; }
  LabelView labels() const { return storage_->labels(); }
  /// In place; valid until the buffer changes.
  ByteView entry(std::int64_t slot) const { return storage_->entry(slot); }
  /// Decodes the entries of those slots: out [slots.size(), codec().domain().values()].
  /// std::logic_error for a slot that holds none.
  void decode(const std::vector<std::int64_t>& slots, Rows out) const;

  /// Measured bytes of the live objects, by item. O(1).
  ByteLedger ledger() const;

  /// The memory that the ledger's buffer total counts, piece by piece: what the codec shares, the class
  /// counters, the storage (labels and slab, or log).
  void visit_memory(const std::function<void(ByteView)>& visit) const;
  /// Rebuilds a buffer from those pieces in a row. CorruptEntry when they contradict each other, the codec or
  /// the budget.
  static ReplayBuffer from_memory(std::shared_ptr<const Codec> codec, int classes, Budget budget,
                                  std::unique_ptr<const Sampler> sampler, ByteView memory);

 private:
  ReplayBuffer(std::shared_ptr<const Codec> codec, ClassCounts counts, Budget budget,
               std::unique_ptr<const Sampler> sampler);

  void check_label(int label) const;
  void check_slot(std::int64_t slot) const;
  void check_budget() const;
  bool make_room(const Decision& decision, std::int64_t entry_bytes, Rng& rng);
  std::int64_t ingest_in_turn(ConstRows rows, const std::vector<int>& labels, std::int64_t position,
                              const Rng& rng);
  std::int64_t ingest_planned(ConstRows rows, const std::vector<int>& labels, std::int64_t position,
                              const Rng& rng);

  std::shared_ptr<const Codec> codec_;
  SharedBytes shared_;  // of the codec, as charged
  Budget budget_;
  std::unique_ptr<const Sampler> sampler_;
  ClassCounts counts_;
  std::unique_ptr<EntryStorage> storage_;
};

}  // namespace packrat
