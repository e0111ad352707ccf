#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "compressors/entries.h"
#include "compressors/rows.h"
#include "engine/buffer/budget.h"
#include "engine/buffer/column.h"
#include "engine/buffer/entry_storage.h"
#include "engine/buffer/sampler.h"
#include "engine/buffer/storage_plan.h"

namespace packrat {

class Codec;
namespace kernels::cuda {
class Device;
}

/// The replay buffer: packed entries, their labels, and per entry nothing else but the columns that the
/// caller asks for and what some samplers note. The sampler decides who stays, the storage keeps the bytes,
/// the ledger counts them where they lie. Entries of one size live in a slab that is allocated once, others
/// in a log (slab_storage.h, log_storage.h).
///
/// Under a budget in bytes everything counts: payload, labels, columns, index, slack and what the codec's
/// entries share. Entries of one size then get as many slots as fit. With entries of differing size, the N of
/// the sampler's quota is estimated from the mean size of the entries held, and entries are evicted until the
/// new one fits.
class ReplayBuffer {
 public:
  /// classes: labels are 0 .. classes-1, 1 <= classes <= 65536. UserError when the budget has room for less
  /// than one slot, or, in bytes, for less than one entry of every class. device: where the entries lie,
  /// which must have kernels for the codec (storage_plan.h); this process when null.
  ReplayBuffer(std::shared_ptr<const Codec> codec, int classes, Budget budget,
               std::unique_ptr<Sampler> sampler = make_sampler("greedy"), std::vector<Column> columns = {},
               std::shared_ptr<kernels::cuda::Device> device = nullptr);

  /// What becomes of an entry before it is encoded. Changes nothing; holds until the buffer
  /// next changes. kSkip: do not encode. UserError for a label that is no class. A sampler that looks at rows
  /// (!decides_by_labels()) needs the arrival's.
  Decision decide(const Arrival& arrival, Rng& rng) const;
  /// Carries out a decision about the arrival, which the sampler counts; `entry` is not read for kSkip.
  /// columns: column_bytes() of the buffer's columns; zeros when empty. Returns whether the entry is now
  /// held: under a budget in bytes with entries of differing size, the new entry itself may have to make
  /// room. UserError when it could not fit even in an empty buffer, std::logic_error when the budget is
  /// overrun (a bug).
  bool store(const Decision& decision, ByteView entry, Rng& rng, const float* row = nullptr,
             ByteView columns = {});
  /// decide() and store().
  bool offer(const Arrival& arrival, ByteView entry, Rng& rng, ByteView columns = {});

  /// Offers a chunk of the stream: rows [n, codec().domain().values()], `labels` n labels, `position` the
  /// place of the first row in the stream. Row i draws from rng.fork("offer", position + i), and the buffer
  /// ends up, byte for byte, as after offering row by row; but only rows that are still held at the end of
  /// the chunk are encoded (entries of differing size, and samplers that look at more than labels: rows that
  /// are admitted). columns: of the rows, one after the other, or empty. NaN or infinity in such a row
  /// is a UserError that names its position in the stream; entries of one size are then as before
  /// the call (of chunks that are small beside the buffer: rows before it are offered).
  /// Returns the number of rows encoded.
  std::int64_t ingest(ConstRows rows, const std::vector<int>& labels, std::int64_t position, const Rng& rng,
                      ByteView columns = {});

  /// n slots drawn uniformly, all different or with replacement. UserError when there are not so many, or
  /// none.
  std::vector<std::int64_t> draw(std::int64_t n, bool with_replacement, Rng& rng) const;
  /// Overwrites slots[i] by entry i, in order; the sampler counts nothing. columns: of the entries, one after
  /// the other, or empty. UserError, and nothing is changed, for a slot that holds none, a label that is no
  /// class, and entries that do not fit the budget.
  void replace(const std::vector<std::int64_t>& slots, const std::vector<int>& labels,
               const EntryBatch& entries, ByteView columns);
  /// Frees slots, the highest first; each time the last entry moves into the gap. UserError, and nothing is
  /// changed, for slots that hold nothing or come twice.
  void remove(std::vector<std::int64_t> slots);
  /// Removes all entries; the sampler begins again.
  void clear();
  /// Another budget. When entries have to go, the sampler says which. After a UserError (a budget that is too
  /// small, a sampler that lets nothing go) the buffer is as before.
  void resize(Budget budget, Rng& rng);
  /// The same with a storage for that budget, empty: a mapped one, which the caller has to make.
  void resize_into(std::unique_ptr<EntryStorage> resized, Budget budget, Rng& rng);

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
  /// In place, valid until the buffer changes; on a device a copy, valid until the next call.
  ByteView entry(std::int64_t slot) const { return storage_->entry(slot); }
  const std::vector<Column>& columns() const { return columns_; }
  /// The columns' values of an entry, one after the other, in place.
  ByteView columns_of(std::int64_t slot) const;
  /// Overwrites bytes [begin, begin + values.size) of them.
  void set_columns(std::int64_t slot, std::int64_t begin, ByteView values);
  /// UserError unless the slot holds an entry.
  void check_held(std::int64_t slot) const;
  /// UserError unless it is a class.
  void check_label(std::int64_t label) const;
  /// Decodes the entries of those slots: out [slots.size(), codec().domain().values()].
  /// std::logic_error for a slot that holds none.
  void decode(const std::vector<std::int64_t>& slots, Rows out) const;
  /// Whether the entries lie on a device.
  bool is_on_device() const { return storage_->is_on_device(); }
  /// decode() to memory of that device. Returns before it is done.
  void decode_there(const std::vector<std::int64_t>& slots, float* out) const;

  /// Measured bytes of the live objects, by item. O(1).
  ByteLedger ledger() const;

  /// The memory that the ledger's buffer total counts, piece by piece: what the codec shares, the class
  /// counters, the sampler's state, the storage (labels, notes and columns, slab, or log).
  void visit_memory(const std::function<void(ByteView)>& visit) const;
  /// A buffer whose entries live in a storage of its own (mapped_buffer.h): `state` is what write_state()
  /// gave, or empty for nothing offered; the counts are made from the labels. CorruptEntry when they
  /// contradict each other.
  static ReplayBuffer over(std::unique_ptr<EntryStorage> storage, std::shared_ptr<const Codec> codec,
                           int classes, Budget budget, std::unique_ptr<Sampler> sampler,
                           std::vector<Column> columns, ByteReader* state);
  /// Class counters and the sampler's state.
  void write_state(ByteWriter& out) const;
  /// Keeps them, and what follows, in a mapped storage; does nothing for others.
  void keep_state(ByteView follows);
  /// Storage needs of such a buffer.
  static StorageNeeds needs_of(const Codec& codec, int classes, Sampler& sampler,
                               const std::vector<Column>& columns);

  /// Rebuilds a buffer from those pieces in a row. CorruptEntry when they contradict each other, the codec or
  /// the budget.
  static ReplayBuffer from_memory(std::shared_ptr<const Codec> codec, int classes, Budget budget,
                                  std::unique_ptr<Sampler> sampler, ByteView memory,
                                  std::vector<Column> columns = {},
                                  std::shared_ptr<kernels::cuda::Device> device = nullptr);
  /// Where the entries lie; null for this process.
  const std::shared_ptr<kernels::cuda::Device>& device() const { return device_; }

 private:
  ReplayBuffer(std::shared_ptr<const Codec> codec, ClassCounts counts, Budget budget,
               std::unique_ptr<Sampler> sampler, std::vector<Column> columns);

  void check_slot(std::int64_t slot) const;
  void check_budget() const;
  void check_entry_fits(std::int64_t entry_bytes) const;
  void check_replacements(const std::vector<std::int64_t>& slots, const EntryBatch& entries) const;
  StorageNeeds needs() const;
  Held held() const;
  std::vector<std::uint8_t> beside_of(ByteView columns);
  bool make_room(const Arrival& arrival, std::int64_t entry_bytes, Rng& rng);
  void drop(std::int64_t slot);
  std::int64_t ingest_in_turn(ConstRows rows, const std::vector<int>& labels, std::int64_t position,
                              const Rng& rng, ByteView columns);
  std::int64_t ingest_planned(ConstRows rows, const std::vector<int>& labels, std::int64_t position,
                              const Rng& rng, ByteView columns);

  std::shared_ptr<const Codec> codec_;
  SharedBytes shared_;  // of the codec, as charged
  Budget budget_;
  std::unique_ptr<Sampler> sampler_;
  std::vector<Column> columns_;
  ClassCounts counts_;
  std::shared_ptr<kernels::cuda::Device> device_;
  std::unique_ptr<EntryStorage> storage_;
};

}  // namespace packrat
