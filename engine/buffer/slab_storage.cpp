#include "engine/buffer/slab_storage.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace packrat {
SlabStorage::SlabStorage(std::int64_t entry_bytes, std::int64_t slots, const Beside& beside)
    : SlabStorage(entry_bytes, slots, beside, slab_here(slots, entry_bytes)) {}

SlabStorage::SlabStorage(std::int64_t entry_bytes, std::int64_t slots, const Beside& beside,
                         std::unique_ptr<SlabMemory> memory)
    : entry_bytes_(entry_bytes),
      slots_(slots),
      beside_(beside),
      labels_(allocate_slots(slots, beside.label)),
      extra_(allocate_slots(slots, beside.extra())),
      slab_(std::move(memory)) {}

void SlabStorage::check_image(std::int64_t entry_bytes, std::int64_t slots, const Beside& beside,
                              std::int64_t held, const ByteReader& reader) {
  if (held > slots) throw CorruptEntry(fmt::format("{} entries are said to lie in {} slots", held, slots));
  if (slots > static_cast<std::int64_t>(reader.left()) / (entry_bytes + beside.total()))
    throw CorruptEntry(
        fmt::format("{} slots of {} bytes do not fit in {} bytes", slots, entry_bytes, reader.left()));
}

void SlabStorage::read_image(std::int64_t held, ByteReader& reader) {
  held_ = held;
  for (std::vector<std::uint8_t>* piece : {&labels_, &extra_})
    std::copy_n(reader.bytes(piece->size()), piece->size(), piece->begin());
  const auto size = static_cast<std::size_t>(slots_ * entry_bytes_);
  slab_->write(0, {reader.bytes(size), size});
}

ByteView SlabStorage::entry(std::int64_t slot) const {
  return slab_->read(slot * entry_bytes_, entry_bytes_);
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
  slab_->write(slot * entry_bytes_, entry);
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
  ledger.add(Item::kSlack, slab_->size() - payload + static_cast<std::int64_t>(labels_.capacity()) - labels +
                               static_cast<std::int64_t>(extra_.capacity()) - extra);
}

void SlabStorage::visit_image(const std::function<void(ByteView)>& visit) const {
  visit({labels_.data(), labels_.size()});
  visit({extra_.data(), extra_.size()});
  slab_->visit(visit);
}

}  // namespace packrat
