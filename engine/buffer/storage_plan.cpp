#include "engine/buffer/storage_plan.h"

#include <fmt/format.h>

#include <limits>
#include <optional>

#include "compressors/codec.h"
#include "engine/buffer/class_counts.h"
#include "engine/buffer/log_storage.h"
#include "engine/buffer/slab_storage.h"

namespace packrat {
namespace {

constexpr std::int64_t kMostSlots = std::numeric_limits<std::int32_t>::max();  // class counters are int32

/// What is left of a budget in bytes for entries and labels.
std::int64_t bytes_for_entries(std::int64_t shared_bytes, int classes, Budget budget) {
  return budget.amount - shared_bytes - ClassCounts::bytes_for(classes);
}

[[noreturn]] void refuse(std::int64_t shared_bytes, int classes, Budget budget, std::int64_t entry_and_label,
                         const char* at_least) {
  throw UserError(fmt::format(
      "a budget of {} bytes is too small: one entry of each of {} classes needs at least {} bytes ({} x {}{} "
      "bytes "
      "of entry and label, {} of class counters, {} shared by the codec); raise the budget or choose a "
      "smaller codec",
      budget.amount, classes, shared_bytes + ClassCounts::bytes_for(classes) + classes * entry_and_label,
      classes, at_least, entry_and_label, ClassCounts::bytes_for(classes), shared_bytes));
}

void check_slots(std::int64_t slots) {
  if (slots < 1 || slots > kMostSlots)
    throw UserError(fmt::format("{} slots: a buffer has between 1 and {}", slots, kMostSlots));
}

/// Slots of a slab.
std::int64_t slab_slots(std::int64_t entry_bytes, std::int64_t shared_bytes, int classes, Budget budget) {
  if (entry_bytes < 1)
    throw UserError("the codec stores nothing: its entries have 0 bytes; choose another one");
  std::int64_t slots = budget.amount;
  if (budget.unit == Budget::Unit::kBytes) {
    const std::int64_t each = entry_bytes + label_bytes(classes);
    slots = bytes_for_entries(shared_bytes, classes, budget) / each;
    if (slots < classes) refuse(shared_bytes, classes, budget, each, "");
  }
  check_slots(slots);
  return slots;
}

/// Bytes of a log's block; nullopt when it is limited by slots.
std::optional<std::int64_t> log_bytes(std::int64_t shared_bytes, int classes, Budget budget) {
  if (budget.unit == Budget::Unit::kSlots) {
    check_slots(budget.amount);
    return std::nullopt;
  }
  // The least that a record can be: a length, one byte, a label and a four-byte offset.
  const std::int64_t least = 6 + label_bytes(classes);
  const std::int64_t bytes = bytes_for_entries(shared_bytes, classes, budget);
  if (bytes < classes * least) refuse(shared_bytes, classes, budget, least, "at least ");
  return bytes;
}

}  // namespace

std::unique_ptr<EntryStorage> make_storage(const Codec& codec, std::int64_t shared_bytes, int classes,
                                           Budget budget) {
  const int width = label_bytes(classes);
  if (const auto size = codec.entry_bytes())
    return std::make_unique<SlabStorage>(*size, slab_slots(*size, shared_bytes, classes, budget), width);
  if (const auto bytes = log_bytes(shared_bytes, classes, budget))
    return std::make_unique<LogStorage>(LogStorage::of_bytes(*bytes, width));
  return std::make_unique<LogStorage>(LogStorage::of_slots(budget.amount, width));
}

std::unique_ptr<EntryStorage> restore_storage(const Codec& codec, std::int64_t shared_bytes, int classes,
                                              Budget budget, std::int64_t held, ByteReader& reader) {
  const int width = label_bytes(classes);
  if (const auto size = codec.entry_bytes()) {
    const std::int64_t slots = slab_slots(*size, shared_bytes, classes, budget);
    return std::make_unique<SlabStorage>(SlabStorage::from_image(*size, slots, width, held, reader));
  }
  const auto bytes = log_bytes(shared_bytes, classes, budget);
  if (bytes && *bytes != static_cast<std::int64_t>(reader.left()))
    throw CorruptEntry(
        fmt::format("the log has {} bytes where the budget gives it {}", reader.left(), *bytes));
  const auto slots = bytes ? std::nullopt : std::optional<std::int64_t>(budget.amount);
  return std::make_unique<LogStorage>(LogStorage::from_image(slots, width, held, reader));
}

}  // namespace packrat
