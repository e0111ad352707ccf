#pragma once
#include <optional>

#include "engine/buffer/entry_storage.h"

namespace packrat {

/// Entries of differing size, in one block of memory laid out like a database's slotted page: the log of
/// records grows from the front, the directory (label and offset of every slot) from the back, and the gap
/// between them is free.
///
///     | record | hole | record | ... | gap | label, offset of slot 1 | label, offset of slot 0 |
///
/// What stands beside an entry follows its offset.
///
/// A record is the entry's length (LEB128) and its bytes. Removing an entry leaves a hole; when the gap is
/// used up, the live records are slid together. One part in 32 of the block is kept free for that, so that an
/// append moves 32 times its own bytes on average, however many entries are held.
class LogStorage : public EntryStorage {
 public:
  /// Limited by bytes: one block of that size, allocated now. UserError when the system has not that much
  /// memory.
  static LogStorage of_bytes(std::int64_t block_bytes, const Beside& beside);
  /// Limited by slots: the block grows by one part in 16 whenever it is full.
  static LogStorage of_slots(std::int64_t slots, const Beside& beside);
  /// Reads what visit_image() showed: everything that is left in `reader`. `slots` is empty when limited by
  /// bytes. CorruptEntry when the directory points outside the log or records overlap.
  static LogStorage from_image(std::optional<std::int64_t> slots, const Beside& beside, std::int64_t held,
                               ByteReader& reader);

  std::int64_t size() const override { return held_; }
  ByteView entry(std::int64_t slot) const override;
  LabelView labels() const override;
  using EntryStorage::beside;
  const std::uint8_t* beside(std::int64_t slot) const override;
  std::int64_t capacity() const override;
  bool slot_limited() const override { return slots_.has_value(); }
  std::int64_t largest_entry() const override;
  bool has_room(std::int64_t entry_bytes) const override;
  bool takes(std::int64_t entries, std::int64_t record_bytes) const override;
  bool can_grow(std::int64_t record_bytes) const override;
  void append(int label, ByteView entry) override;
  void replace(std::int64_t slot, int label, ByteView entry) override;
  void remove(std::int64_t slot) override;
  void charge(ByteLedger& ledger) const override;
  void visit_image(const std::function<void(ByteView)>& visit) const override;

 private:
  LogStorage(std::optional<std::int64_t> slots, const Beside& beside, std::vector<std::uint8_t> block);

  struct Record {
    std::int64_t bytes;  ///< length prefix included
    ByteView entry;
  };
  Record record_at(std::int64_t offset) const;
  struct Place {
    std::int64_t offset, slot;
  };

  std::int64_t block_bytes() const { return static_cast<std::int64_t>(block_.size()); }
  std::int64_t directory_entry_bytes() const { return offset_bytes_ + beside_.total(); }
  std::int64_t reserve() const { return block_bytes() / 32; }
  const std::uint8_t* directory(std::int64_t slot) const;
  std::uint8_t* directory(std::int64_t slot);
  std::int64_t offset(std::int64_t slot) const;
  void set_offset(std::int64_t slot, std::int64_t offset);

  void write_record(int label, ByteView entry);
  /// In the order of offsets. Sixteen bytes an entry, for as long as a compaction lasts.
  std::vector<Place> places() const;
  void compact();
  void grow(std::int64_t bytes_needed);

  std::optional<std::int64_t> slots_;
  Beside beside_;
  int offset_bytes_;
  std::int64_t held_ = 0;
  std::int64_t end_ = 0;      // of the log
  std::int64_t live_ = 0;     // bytes of live records
  std::int64_t payload_ = 0;  // bytes of live entries
  std::vector<std::uint8_t> block_;
};

}  // namespace packrat
