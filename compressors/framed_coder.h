#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "compressors/codec.h"

namespace packrat {

/// What entry coders share (FORMAT.md, "Entropy coding"): an entry is packed, or, where that would take more,
/// plain behind a zero byte; and it begins with the length of the plain one when those differ.
class FramedCoder : public EntryCoder {
 public:
  /// For the entries of `plain`.
  explicit FramedCoder(const Codec& plain);

  EntryBatch encode(const EntryBatch& plain) const final;
  EntryBatch decode(const std::vector<ByteView>& entries) const final;

 protected:
  /// A packed entry to restore: `size` bytes to `plain`. `good` becomes whether pack() wrote it.
  struct Packed {
    ByteView bytes;
    std::int64_t size;
    std::uint8_t* plain;
    bool good;
  };

  /// Appends the packed entry, never one that begins with a zero byte; nothing when it cannot be packed.
  virtual void pack(ByteView plain, std::vector<std::uint8_t>& out) const = 0;
  virtual void unpack(std::vector<Packed>& batch) const = 0;

  /// Of every plain entry; nullopt: they differ.
  const std::optional<std::int64_t>& plain_bytes() const { return plain_bytes_; }

 private:
  struct Frame {
    bool packed;
    ByteView bytes;
    std::int64_t plain_bytes;
  };
  Frame open(ByteView entry, std::int64_t i) const;

  std::optional<std::int64_t> plain_bytes_;
  std::int64_t most_bytes_;  // that a packed entry may restore to
};

}  // namespace packrat
