#include "engine/buffer/storage_plan.h"

#include <fmt/format.h>

#include <limits>
#include <optional>

#include "compressors/codec.h"
#include "compressors/device_form.h"
#include "engine/buffer/class_counts.h"
#include "engine/buffer/device_slab.h"
#include "engine/buffer/log_storage.h"
#include "engine/buffer/slab_storage.h"

namespace packrat {
namespace {

constexpr std::int64_t kMostSlots = std::numeric_limits<std::int32_t>::max();  // class counters are int32

/// What a budget in bytes pays before the first entry.
std::int64_t fixed_bytes(const StorageNeeds& needs) {
  return needs.shared_bytes + needs.sampler_bytes + ClassCounts::bytes_for(needs.classes);
}

[[noreturn]] void refuse(const StorageNeeds& needs, Budget budget, std::int64_t each, const char* at_least) {
  throw UserError(fmt::format(
      "a budget of {} bytes is too small: one entry of each of {} classes needs at least {} bytes ({} x {}{} "
      "bytes of entry and label{}, {} of class counters, {} shared by the codec{}); raise the budget or "
      "choose a "
      "smaller codec",
      budget.amount, needs.classes, fixed_bytes(needs) + needs.classes * each, needs.classes, at_least, each,
      needs.beside.columns > 0 ? " and columns" : "", ClassCounts::bytes_for(needs.classes),
      needs.shared_bytes,
      needs.sampler_bytes > 0 ? fmt::format(", {} of the sampler", needs.sampler_bytes) : ""));
}

void check_slots(std::int64_t slots) {
  if (slots < 1 || slots > kMostSlots)
    throw UserError(fmt::format("{} slots: a buffer has between 1 and {}", slots, kMostSlots));
}

/// Bytes of a log's block; nullopt when it is limited by slots.
std::optional<std::int64_t> log_bytes(const StorageNeeds& needs, Budget budget) {
  if (budget.unit == Budget::Unit::kSlots) {
    check_slots(budget.amount);
    return std::nullopt;
  }
  // The least that a record can be: a length, one byte, a label and a four-byte offset.
  const std::int64_t least = 6 + needs.beside.total();
  const std::int64_t bytes = budget.amount - fixed_bytes(needs);
  if (bytes < needs.classes * least) refuse(needs, budget, least, "at least ");
  return bytes;
}

std::unique_ptr<SlabStorage> make_slab(const Codec& codec, const StorageNeeds& needs, std::int64_t slots,
                                       const std::shared_ptr<kernels::cuda::Device>& device) {
  const std::int64_t entry_bytes = *codec.entry_bytes();
  if (!device) return std::make_unique<SlabStorage>(entry_bytes, slots, needs.beside);
  return std::make_unique<DeviceSlab>(device, *codec.device_form(), entry_bytes, slots, needs.beside);
}

}  // namespace

void check_decoded_on_device(const Codec& codec) {
  if (!codec.device_form())
    throw UserError(fmt::format(
        "no GPU kernel decodes entries of {}: keep them on the CPU, or choose a codec of one stage "
        "(none on features, float16, bfloat16, quantize, codebook, pq, or thin with "
        "index=coordinates16 or bitmap; quantize without per=channel and local zero=exact)",
        codec.spec()));
}

std::int64_t slab_slots(std::int64_t entry_bytes, const StorageNeeds& needs, Budget budget) {
  if (entry_bytes < 1)
    throw UserError("the codec stores nothing: its entries have 0 bytes; choose another one");
  std::int64_t slots = budget.amount;
  if (budget.unit == Budget::Unit::kBytes) {
    const std::int64_t each = entry_bytes + needs.beside.total();
    slots = (budget.amount - fixed_bytes(needs)) / each;
    if (slots < needs.classes) refuse(needs, budget, each, "");
  }
  check_slots(slots);
  return slots;
}

std::unique_ptr<EntryStorage> make_storage(const Codec& codec, const StorageNeeds& needs, Budget budget,
                                           const std::shared_ptr<kernels::cuda::Device>& device) {
  if (device) check_decoded_on_device(codec);
  if (const auto size = codec.entry_bytes())
    return make_slab(codec, needs, slab_slots(*size, needs, budget), device);
  if (const auto bytes = log_bytes(needs, budget))
    return std::make_unique<LogStorage>(LogStorage::of_bytes(*bytes, needs.beside));
  return std::make_unique<LogStorage>(LogStorage::of_slots(budget.amount, needs.beside));
}

std::unique_ptr<EntryStorage> restore_storage(const Codec& codec, const StorageNeeds& needs, Budget budget,
                                              const std::shared_ptr<kernels::cuda::Device>& device,
                                              std::int64_t held, ByteReader& reader) {
  if (device) check_decoded_on_device(codec);
  if (const auto size = codec.entry_bytes()) {
    const std::int64_t slots = slab_slots(*size, needs, budget);
    SlabStorage::check_image(*size, slots, needs.beside, held, reader);
    std::unique_ptr<SlabStorage> slab = make_slab(codec, needs, slots, device);
    slab->read_image(held, reader);
    return slab;
  }
  const auto bytes = log_bytes(needs, budget);
  if (bytes && *bytes != static_cast<std::int64_t>(reader.left()))
    throw CorruptEntry(
        fmt::format("the log has {} bytes where the budget gives it {}", reader.left(), *bytes));
  const auto slots = bytes ? std::nullopt : std::optional<std::int64_t>(budget.amount);
  return std::make_unique<LogStorage>(LogStorage::from_image(slots, needs.beside, held, reader));
}

}  // namespace packrat
