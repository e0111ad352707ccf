#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace packrat {

/// What a byte that stays behind is for.
enum class Item {
  kPayload,
  kLabels,
  kColumns,
  kIndex,
  kSlack,
  kCodecShared,
  kCodecEncoder,
  kCodecDecoder,
  kEncoderWeights,
  kHeadWeights,
  kMethodState,
  kMethodWorking
};

inline constexpr std::array<Item, 12> kItems = {
    Item::kPayload,        Item::kLabels,      Item::kColumns,      Item::kIndex,
    Item::kSlack,          Item::kCodecShared, Item::kCodecEncoder, Item::kCodecDecoder,
    Item::kEncoderWeights, Item::kHeadWeights, Item::kMethodState,  Item::kMethodWorking};

/// "payload", "labels", "columns", "index", "slack", "codec_shared", "codec_encoder", "codec_decoder",
/// "encoder_weights", "head_weights", "method_state", "method_working".
std::string_view item_name(Item item);

/// What the item is, in a few words, for tables and reports.
std::string_view item_meaning(Item item);

/// Measured bytes by item. The objects that hold the bytes add them; nothing here is computed from a formula.
class ByteLedger {
 public:
  void add(Item item, std::int64_t bytes) { bytes_[static_cast<std::size_t>(item)] += bytes; }
  std::int64_t bytes(Item item) const { return bytes_[static_cast<std::size_t>(item)]; }

  /// What the byte budget of a replay buffer covers: payload, labels, columns, index, slack and what the
  /// codec shares.
  std::int64_t buffer_total() const;
  /// What the codec keeps once for all entries: shared, and the halves of an autoencoder.
  std::int64_t codec_total() const;
  /// What is kept of the stream, and what a byte budget covers: the buffer and a method's state.
  std::int64_t kept_total() const { return buffer_total() + bytes(Item::kMethodState); }
  /// All items.
  std::int64_t total() const;

  friend bool operator==(const ByteLedger& a, const ByteLedger& b) { return a.bytes_ == b.bytes_; }

 private:
  std::array<std::int64_t, kItems.size()> bytes_{};
};

/// Whether the item belongs to the buffer's total.
bool in_buffer(Item item);

}  // namespace packrat
