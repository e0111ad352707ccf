#include "engine/buffer/slab_storage.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>

namespace packrat {
namespace {

std::vector<std::uint8_t> allocate(std::int64_t slots, std::int64_t bytes_each) {
  try {
    if (bytes_each == 0) return {};
    if (slots > std::numeric_limits<std::ptrdiff_t>::max() / bytes_each) throw std::bad_alloc();
    return std::vector<std::uint8_t>(static_cast<std::size_t>(slots * bytes_each));
  } catch (const std::bad_alloc&) {
    throw UserError(fmt::format("no memory for {} slots of {} bytes: lower the budget", slots, bytes_each));
  }
}

}  // namespace

SlabStorage::SlabStorage(std::int64_t entry_bytes, std::int64_t slots, const Beside& beside)
    : entry_bytes_(entry_bytes),
      slots_(slots),
      beside_(beside),
      labels_(allocate(slots, beside.label)),
      extra_(allocate(slots, beside.extra())),
      slab_(allocate(slots, entry_bytes)) {}

SlabStorage SlabStorage::from_image(std::int64_t entry_bytes, std::int64_t slots, const Beside& beside,
                                    std::int64_t held, ByteReader& reader) {
  if (held > slots) throw CorruptEntry(fmt::format("{} entries are said to lie in {} slots", held, slots));
  // Before allocating: a damaged number must not ask for more memory than the file has bytes.
  if (slots > static_cast<std::int64_t>(reader.left()) / (entry_bytes + beside.total()))
    throw CorruptEntry(
        fmt::format("{} slots of {} bytes do not fit in {} bytes", slots, entry_bytes, reader.left()));
  SlabStorage storage(entry_bytes, slots, beside);
  storage.held_ = held;
  for (std::vector<std::uint8_t>* piece : {&storage.labels_, &storage.extra_, &storage.slab_})
    std::copy_n(reader.bytes(piece->size()), piece->size(), piece->begin());
  return storage;
}

ByteView SlabStorage::entry(std::int64_t slot) const {
  return {slab_.data() + slot * entry_bytes_, static_cast<std::size_t>(entry_bytes_)};
}

LabelView SlabStorage::labels() const {
  return {labels_.data(), beside_.label, beside_.label, held_};
}

const std::uint8_t* SlabStorage::beside(std::int64_t slot) const {
  return extra_.data() + slot * beside_.extra();
}

void SlabStorage::write(std::int64_t slot, int label, ByteView entry) {
  if (slot < 0 || slot >= held_) throw std::logic_error(fmt::format("slot {} of {} is empty", slot, held_));
  if (static_cast<std::int64_t>(entry.size) != entry_bytes_)
    throw std::logic_error(
        fmt::format("an entry of {} bytes came to slots of {} bytes", entry.size, entry_bytes_));
  std::memcpy(slab_.data() + slot * entry_bytes_, entry.data, entry.size);
  write_label(labels_.data() + slot * beside_.label, beside_.label, label);
  std::fill_n(beside(slot), beside_.extra(), std::uint8_t{0});
}

void SlabStorage::append(int label, ByteView entry) {
  if (held_ == slots_) throw std::logic_error(fmt::format("all {} slots are full", slots_));
  ++held_;
  try {
    write(held_ - 1, label, entry);
  } catch (...) {
    --held_;
    throw;
  }
}

void SlabStorage::replace(std::int64_t slot, int label, ByteView entry) {
  write(slot, label, entry);
}

void SlabStorage::remove(std::int64_t slot) {
  if (slot != held_ - 1) {
    write(slot, labels()[held_ - 1], entry(held_ - 1));
    std::copy_n(beside(held_ - 1), beside_.extra(), beside(slot));
  }
  --held_;
}

void SlabStorage::charge(ByteLedger& ledger) const {
  const std::int64_t payload = held_ * entry_bytes_, labels = held_ * beside_.label,
                     extra = held_ * beside_.extra();
  ledger.add(Item::kPayload, payload);
  ledger.add(Item::kLabels, labels);
  ledger.add(Item::kColumns, held_ * beside_.columns);
  ledger.add(Item::kIndex, held_ * beside_.note);
  ledger.add(Item::kSlack, static_cast<std::int64_t>(slab_.capacity()) - payload +
                               static_cast<std::int64_t>(labels_.capacity()) - labels +
                               static_cast<std::int64_t>(extra_.capacity()) - extra);
}

std::vector<ByteView> SlabStorage::image() const {
  return {{labels_.data(), labels_.size()}, {extra_.data(), extra_.size()}, {slab_.data(), slab_.size()}};
}

}  // namespace packrat
