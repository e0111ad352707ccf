#pragma once
#include <cstdint>
#include <vector>

#include "engine/buffer/label_view.h"
#include "engine/core/bytes.h"
#include "engine/cost/byte_ledger.h"

namespace packrat {

/// Where the entries of a replay buffer lie: packed bytes and a label each, in slots 0 .. size()-1. There is
/// no heap block per entry; what is allocated is exactly what charge() tells the ledger.
class EntryStorage {
 public:
  virtual ~EntryStorage() = default;

  virtual std::int64_t size() const = 0;
  /// In place; valid until the storage changes.
  virtual ByteView entry(std::int64_t slot) const = 0;
  virtual LabelView labels() const = 0;

  /// Entries that fit: the slots, or, when only bytes limit them, an estimate from the mean size of those
  /// held.
  virtual std::int64_t capacity() const = 0;
  /// Whether capacity() is a number of slots.
  virtual bool slot_limited() const = 0;
  /// Bytes of the largest entry that an empty storage takes.
  virtual std::int64_t largest_entry() const = 0;
  /// Whether append() of an entry of that many bytes stays within what may be allocated.
  virtual bool has_room(std::int64_t entry_bytes) const = 0;
  /// Stores an entry in slot size(). std::logic_error without room.
  virtual void append(int label, ByteView entry) = 0;
  virtual void replace(std::int64_t slot, int label, ByteView entry) = 0;
  /// Frees a slot; the last entry moves into it.
  virtual void remove(std::int64_t slot) = 0;

  /// Adds payload, labels, index and slack: together, every byte allocated. O(1).
  virtual void charge(ByteLedger& ledger) const = 0;
  /// The allocations themselves, in the order in which a buffer file holds them.
  virtual std::vector<ByteView> image() const = 0;
};

}  // namespace packrat
