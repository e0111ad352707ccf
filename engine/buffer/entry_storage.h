#pragma once
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "compressors/rows.h"
#include "engine/buffer/label_view.h"
#include "engine/core/bytes.h"
#include "engine/cost/byte_ledger.h"

namespace packrat {

class Codec;

/// Bytes beside an entry, as many in every slot.
struct Beside {
  Beside(int label_bytes, std::int64_t note_bytes = 0, std::int64_t column_bytes = 0)  // NOLINT: labels alone
      : label(label_bytes), note(note_bytes), columns(column_bytes) {}
  std::int64_t extra() const { return note + columns; }
  std::int64_t total() const { return label + extra(); }

  int label;             ///< 1 or 2
  std::int64_t note;     ///< what the sampler keeps about the entry; charged to the index
  std::int64_t columns;  ///< the columns' values
};

/// Where the entries of a replay buffer lie: packed bytes, a label and what stands beside it, in slots 0 ..
/// size()-1. There is no heap block per entry; what is allocated is exactly what charge() tells the ledger.
class EntryStorage {
 public:
  virtual ~EntryStorage() = default;

  virtual std::int64_t size() const = 0;
  /// In place; valid until the storage changes. On a device: a copy, valid until the next call.
  virtual ByteView entry(std::int64_t slot) const = 0;
  /// Decodes the entries of slots: out [slots.size(), values of the codec's domain].
  virtual void decode(const Codec& codec, const std::vector<std::int64_t>& slots, Rows out) const;
  /// Whether entries lie on a device (device_slab.h), which can decode them to memory of its own.
  virtual bool is_on_device() const { return false; }
  /// out: as of decode(), on the device. Returns before it is done; std::logic_error without a device.
  virtual void decode_there(const std::vector<std::int64_t>& slots, float* out) const;
  virtual LabelView labels() const = 0;
  /// The sampler's note and the columns of a slot, Beside::extra() bytes, in place.
  virtual const std::uint8_t* beside(std::int64_t slot) const = 0;
  std::uint8_t* beside(std::int64_t slot) {
    return const_cast<std::uint8_t*>(std::as_const(*this).beside(slot));
  }

  /// Entries that fit: the slots, or, when only bytes limit them, an estimate from the mean size of those
  /// held.
  virtual std::int64_t capacity() const = 0;
  /// Whether capacity() is a number of slots.
  virtual bool slot_limited() const = 0;
  /// Bytes of the largest entry that an empty storage takes.
  virtual std::int64_t largest_entry() const = 0;
  /// Whether append() of an entry of that many bytes stays within what may be allocated.
  virtual bool has_room(std::int64_t entry_bytes) const = 0;
  /// Whether an empty storage of this kind takes so many entries whose bytes, with a LEB128 length before
  /// each, are `record_bytes` together.
  virtual bool takes(std::int64_t entries, std::int64_t record_bytes) const = 0;
  /// Stores an entry in slot size(); what is beside it is 0. std::logic_error without room.
  virtual void append(int label, ByteView entry) = 0;
  /// Whether records, as takes() counts them, may become that many bytes larger together.
  virtual bool can_grow(std::int64_t record_bytes) const = 0;
  virtual void replace(std::int64_t slot, int label, ByteView entry) = 0;
  /// append() and replace() with what stands beside the entry: Beside::extra() bytes, or none for zeros.
  virtual void append_with(int label, ByteView entry, ByteView beside);
  virtual void replace_with(std::int64_t slot, int label, ByteView entry, ByteView beside);
  /// Overwrites bytes from `begin` of what stands beside an entry.
  virtual void write_beside(std::int64_t slot, std::int64_t begin, ByteView bytes);
  /// Frees a slot; the last entry moves into it.
  virtual void remove(std::int64_t slot) = 0;

  /// Frees all slots in place; false where making a new storage is how that is done.
  virtual bool clear() { return false; }
  /// Whether it lives in a file (mapped_slab.h), which then has the buffer's counters, too.
  virtual bool is_mapped() const { return false; }
  virtual void keep_state(ByteView) {}

  /// Adds payload, labels, columns, index and slack: together, every byte allocated. O(1).
  virtual void charge(ByteLedger& ledger) const = 0;
  /// The allocations themselves, in the order in which a buffer file holds them; views hold during the visit.
  virtual void visit_image(const std::function<void(ByteView)>& visit) const = 0;
};

}  // namespace packrat
