#include "engine/cost/byte_ledger.h"

namespace packrat {
namespace {

struct Row {
  Item item;
  std::string_view name;
  std::string_view meaning;
  bool in_buffer;
};

constexpr std::array<Row, kItems.size()> kTable = {{
    {Item::kPayload, "payload", "the entries' packed bytes", true},
    {Item::kLabels, "labels", "one label per entry", true},
    {Item::kColumns, "columns", "fixed-size values beside an entry, such as logits", true},
    {Item::kIndex, "index",
     "counters of classes and sampler; for entries of differing size, where each one lies", true},
    {Item::kSlack, "slack", "allocated but unused", true},
    {Item::kCodecShared, "codec_shared", "what the codec keeps once for all entries", true},
    {Item::kCodecEncoder, "codec_encoder", "an autoencoder's encoder half, kept once for all entries", true},
    {Item::kCodecDecoder, "codec_decoder", "an autoencoder's decoder half, kept once for all entries", true},
    {Item::kEncoderWeights, "encoder_weights", "the frozen encoder's parameters", false},
    {Item::kHeadWeights, "head_weights", "the trained head's parameters", false},
    {Item::kMethodState, "method_state", "what a method without entries keeps between tasks", false},
    {Item::kMethodWorking, "method_working", "the most that it held beside it while a task ran", false},
}};

const Row& row(Item item) {
  return kTable[static_cast<std::size_t>(item)];
}

}  // namespace

std::string_view item_name(Item item) {
  return row(item).name;
}
std::string_view item_meaning(Item item) {
  return row(item).meaning;
}
bool in_buffer(Item item) {
  return row(item).in_buffer;
}

std::int64_t ByteLedger::buffer_total() const {
  std::int64_t sum = 0;
  for (const Row& r : kTable)
    if (r.in_buffer) sum += bytes(r.item);
  return sum;
}

std::int64_t ByteLedger::codec_total() const {
  return bytes(Item::kCodecShared) + bytes(Item::kCodecEncoder) + bytes(Item::kCodecDecoder);
}

std::int64_t ByteLedger::total() const {
  std::int64_t sum = 0;
  for (const std::int64_t b : bytes_) sum += b;
  return sum;
}

}  // namespace packrat
