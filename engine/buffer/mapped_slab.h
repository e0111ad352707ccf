#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "engine/buffer/entry_storage.h"

namespace packrat {

/// A slab (slab_storage.h) in a file that is mapped into memory, for buffers that are larger than it. What is
/// written stays when the process is killed at any instruction: every change goes to a journal of one record
/// first, and is made again when the file is opened if it was not finished, so that no entry is ever mixed of
/// two. The file takes all of its room when it is created. One process at a time has it open. FILE_FORMAT.md,
/// "Mapped buffers".
class MappedSlab : public EntryStorage {
 public:
  struct Shape {
    std::int64_t entry_bytes, slots;
    Beside beside;
    std::int64_t state_bytes;  ///< of keep_state()
  };

  /// A new file. description: what the caller needs to open it again, with `shared`, bytes that never change.
  /// UserError, and nothing is left, when the file is there or there is not enough room.
  static std::unique_ptr<MappedSlab> create(const std::filesystem::path& path, const Shape& shape,
                                            const std::string& description, ByteView shared);
  /// UserError: not such a file, damaged, or open elsewhere.
  static std::unique_ptr<MappedSlab> open(const std::filesystem::path& path);
  static bool is_mapped_file(const std::filesystem::path& path);
  ~MappedSlab() override;
  MappedSlab(const MappedSlab&) = delete;
  MappedSlab& operator=(const MappedSlab&) = delete;

  const Shape& shape() const { return shape_; }
  const std::string& description() const { return description_; }
  ByteView shared() const { return shared_; }
  /// What keep_state() kept last; zeros before.
  ByteView state() const;

  std::int64_t size() const override;
  ByteView entry(std::int64_t slot) const override;
  LabelView labels() const override;
  using EntryStorage::beside;
  const std::uint8_t* beside(std::int64_t slot) const override;
  std::int64_t capacity() const override { return shape_.slots; }
  bool slot_limited() const override { return true; }
  std::int64_t largest_entry() const override { return shape_.entry_bytes; }
  bool has_room(std::int64_t) const override { return size() < shape_.slots; }
  bool takes(std::int64_t entries, std::int64_t) const override { return entries <= shape_.slots; }
  bool can_grow(std::int64_t) const override { return true; }
  void append(int label, ByteView entry) override { append_with(label, entry, {}); }
  void replace(std::int64_t slot, int label, ByteView entry) override {
    replace_with(slot, label, entry, {});
  }
  void append_with(int label, ByteView entry, ByteView beside) override;
  void replace_with(std::int64_t slot, int label, ByteView entry, ByteView beside) override;
  void write_beside(std::int64_t slot, std::int64_t begin, ByteView bytes) override;
  void remove(std::int64_t slot) override;
  bool clear() override;
  bool is_mapped() const override { return true; }
  void keep_state(ByteView state) override;
  void charge(ByteLedger& ledger) const override;
  void visit_image(const std::function<void(ByteView)>& visit) const override;

 private:
  MappedSlab(const Shape& shape, std::string description, std::int64_t shared_bytes);

  /// The journal's record, and behind it label (2 bytes), what stands beside, and the entry.
  struct Record {
    std::uint64_t checksum;  ///< of what follows; 0 while it is written
    std::uint64_t sequence;
    std::int64_t slot, held;  ///< entries after it; slot -1: nothing but that changes
  };
  /// What is true of the slab now.
  struct Live {
    std::uint64_t applied;  ///< sequence of the last change that was made
    std::int64_t held;
  };
  struct State {
    std::uint64_t checksum;  ///< of what follows; 0 while it is written
    std::uint64_t epoch;
  };

  void map(int fd);
  void change(std::int64_t slot, std::int64_t held, int label, ByteView beside, ByteView entry);
  void apply();
  void recover();
  std::int64_t record_bytes() const;
  std::uint64_t record_checksum() const;
  State* state_at(std::uint64_t epoch) const;
  std::uint64_t state_checksum(const State* state) const;
  const State* latest_state() const;

  Shape shape_;
  std::string description_;
  std::int64_t file_bytes_ = 0;
  std::int64_t shared_at_ = 0, live_at_ = 0, journal_at_ = 0, states_at_ = 0, labels_at_ = 0, extra_at_ = 0,
               slab_at_ = 0;
  int fd_ = -1;
  std::uint8_t* file_ = nullptr;
  ByteView shared_;
};

}  // namespace packrat
