#pragma once
#include <memory>

#include "engine/buffer/entry_storage.h"
#include "engine/buffer/slab_memory.h"

namespace packrat {

/// Entries of one size: slot i is bytes [i * entry_bytes, (i+1) * entry_bytes) of one slab, its label the
/// i-th of an array, and so is what stands beside it. All are allocated once, for all slots.
class SlabStorage : public EntryStorage {
 public:
  /// UserError when the system has not that much memory.
  SlabStorage(std::int64_t entry_bytes, std::int64_t slots, const Beside& beside);
  /// Reads what visit_image() showed: the first `held` slots are filled.
  void read_image(std::int64_t held, ByteReader& reader);
  /// CorruptEntry unless `reader` has the image of such a storage. To be asked before one is allocated: a
  /// damaged number must not take more memory than the file has bytes.
  static void check_image(std::int64_t entry_bytes, std::int64_t slots, const Beside& beside,
                          std::int64_t held, const ByteReader& reader);

  std::int64_t size() const override { return held_; }
  ByteView entry(std::int64_t slot) const override;
  LabelView labels() const override;
  using EntryStorage::beside;
  const std::uint8_t* beside(std::int64_t slot) const override;
  std::int64_t capacity() const override { return slots_; }
  bool slot_limited() const override { return true; }
  std::int64_t largest_entry() const override { return entry_bytes_; }
  bool has_room(std::int64_t) const override { return held_ < slots_; }
  bool takes(std::int64_t entries, std::int64_t) const override { return entries <= slots_; }
  bool can_grow(std::int64_t) const override { return true; }
  void append(int label, ByteView entry) override;
  void replace(std::int64_t slot, int label, ByteView entry) override;
  void remove(std::int64_t slot) override;
  void charge(ByteLedger& ledger) const override;
  void visit_image(const std::function<void(ByteView)>& visit) const override;

 protected:
  SlabStorage(std::int64_t entry_bytes, std::int64_t slots, const Beside& beside,
              std::unique_ptr<SlabMemory> memory);
  const SlabMemory& memory() const { return *slab_; }

 private:
  void write(std::int64_t slot, int label, ByteView entry);

  std::int64_t entry_bytes_;
  std::int64_t slots_;
  Beside beside_;
  std::int64_t held_ = 0;
  std::vector<std::uint8_t> labels_;
  std::vector<std::uint8_t> extra_;  // Beside::extra() bytes a slot
  std::unique_ptr<SlabMemory> slab_;
};

}  // namespace packrat
