#include "engine/buffer/log_storage.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>

namespace packrat {
namespace {

constexpr std::int64_t kLongestPrefix = 10;  // LEB128 of 64 bits

int bytes_to_address(std::int64_t size) {
  int bytes = 1;
  while (bytes < 7 && size > std::int64_t{1} << (8 * bytes)) ++bytes;
  return bytes;
}

std::int64_t bytes_of_record(std::int64_t entry_bytes) {
  return leb128_bytes(static_cast<std::uint64_t>(entry_bytes)) + entry_bytes;
}

std::vector<std::uint8_t> allocate(std::int64_t bytes) {
  try {
    return std::vector<std::uint8_t>(static_cast<std::size_t>(bytes));
  } catch (const std::exception&) {
    throw UserError(fmt::format("no memory for a buffer of {} bytes: lower the budget", bytes));
  }
}

}  // namespace

LogStorage::LogStorage(std::optional<std::int64_t> slots, const Beside& beside,
                       std::vector<std::uint8_t> block)
    : slots_(slots),
      beside_(beside),
      offset_bytes_(bytes_to_address(static_cast<std::int64_t>(block.size()))),
      block_(std::move(block)) {}

LogStorage LogStorage::of_bytes(std::int64_t block_bytes, const Beside& beside) {
  return LogStorage(std::nullopt, beside, allocate(block_bytes));
}

LogStorage LogStorage::of_slots(std::int64_t slots, const Beside& beside) {
  return LogStorage(slots, beside, {});
}

LogStorage LogStorage::from_image(std::optional<std::int64_t> slots, const Beside& beside, std::int64_t held,
                                  ByteReader& reader) {
  const std::size_t bytes = reader.left();
  const std::uint8_t* block = reader.bytes(bytes);
  LogStorage log(slots, beside, std::vector<std::uint8_t>(block, block + bytes));
  if (held > log.block_bytes() / log.directory_entry_bytes() || held > slots.value_or(held))
    throw CorruptEntry(fmt::format("{} entries do not fit in {} bytes", held, bytes));
  log.held_ = held;
  log.end_ = log.block_bytes() - held * log.directory_entry_bytes();
  std::int64_t end = 0;
  for (const Place& place : log.places()) {
    if (place.offset < end)
      throw CorruptEntry(fmt::format("the entry in slot {} overlaps another", place.slot));
    const Record record = log.record_at(place.offset);
    end = place.offset + record.bytes;
    log.live_ += record.bytes;
    log.payload_ += static_cast<std::int64_t>(record.entry.size);
  }
  log.end_ = end;
  return log;
}

LogStorage::Record LogStorage::record_at(std::int64_t offset) const {
  if (offset > end_) throw CorruptEntry(fmt::format("offset {} lies behind the log's end {}", offset, end_));
  ByteReader reader({block_.data() + offset, static_cast<std::size_t>(end_ - offset)});
  const auto length = static_cast<std::size_t>(read_leb128(reader));
  const std::uint8_t* data = reader.bytes(length);
  return {end_ - offset - static_cast<std::int64_t>(reader.left()), {data, length}};
}

const std::uint8_t* LogStorage::directory(std::int64_t slot) const {
  return block_.data() + block_bytes() - (slot + 1) * directory_entry_bytes();
}

std::uint8_t* LogStorage::directory(std::int64_t slot) {
  return block_.data() + block_bytes() - (slot + 1) * directory_entry_bytes();
}

std::int64_t LogStorage::offset(std::int64_t slot) const {
  std::uint64_t value = 0;
  std::memcpy(&value, directory(slot) + beside_.label, static_cast<std::size_t>(offset_bytes_));
  return static_cast<std::int64_t>(value);
}

void LogStorage::set_offset(std::int64_t slot, std::int64_t offset) {
  std::memcpy(directory(slot) + beside_.label, &offset, static_cast<std::size_t>(offset_bytes_));
}

ByteView LogStorage::entry(std::int64_t slot) const {
  return record_at(offset(slot)).entry;
}

LabelView LogStorage::labels() const {
  if (held_ == 0) return {nullptr, -directory_entry_bytes(), beside_.label, 0};
  return {directory(0), -directory_entry_bytes(), beside_.label, held_};
}

const std::uint8_t* LogStorage::beside(std::int64_t slot) const {
  return directory(slot) + beside_.label + offset_bytes_;
}

std::int64_t LogStorage::capacity() const {
  if (slots_) return *slots_;
  if (held_ == 0) return std::numeric_limits<std::int64_t>::max();
  const double mean =
      static_cast<double>(live_) / static_cast<double>(held_) + static_cast<double>(directory_entry_bytes());
  return static_cast<std::int64_t>(static_cast<double>(block_bytes() - reserve()) / mean);
}

std::int64_t LogStorage::largest_entry() const {
  if (slots_) return std::numeric_limits<std::int64_t>::max();
  return std::max<std::int64_t>(0, block_bytes() - reserve() - directory_entry_bytes() - kLongestPrefix);
}

bool LogStorage::takes(std::int64_t entries, std::int64_t record_bytes) const {
  if (slots_) return entries <= *slots_;
  return record_bytes + entries * directory_entry_bytes() + reserve() <= block_bytes();
}

bool LogStorage::has_room(std::int64_t entry_bytes) const {
  return takes(held_ + 1, live_ + bytes_of_record(entry_bytes));
}

bool LogStorage::can_grow(std::int64_t record_bytes) const {
  return takes(held_, live_ + record_bytes);
}

void LogStorage::append(int label, ByteView entry) {
  const auto size = static_cast<std::int64_t>(entry.size);
  if (!has_room(size)) throw std::logic_error(fmt::format("no room for an entry of {} bytes", size));
  const std::int64_t record = bytes_of_record(size);
  const auto needed = [&] { return record + (held_ + 1) * directory_entry_bytes(); };
  if (end_ + needed() > block_bytes()) {
    if (live_ + needed() + reserve() > block_bytes())
      grow(live_ + needed());
    else
      compact();
  }
  write_record(label, entry);
}

void LogStorage::write_record(int label, ByteView entry) {
  const std::int64_t slot = held_++;
  std::uint8_t* const begin = block_.data() + end_;
  std::uint8_t* const data = write_leb128(begin, entry.size);
  if (entry.size > 0) std::memcpy(data, entry.data, entry.size);
  write_label(directory(slot), beside_.label, label);
  set_offset(slot, end_);
  std::fill_n(beside(slot), beside_.extra(), std::uint8_t{0});
  const std::int64_t bytes = data - begin + static_cast<std::int64_t>(entry.size);
  end_ += bytes;
  live_ += bytes;
  payload_ += static_cast<std::int64_t>(entry.size);
}

void LogStorage::replace(std::int64_t slot, int label, ByteView entry) {
  remove(slot);
  append(label, entry);
  std::swap_ranges(directory(slot), directory(slot) + directory_entry_bytes(), directory(held_ - 1));
}

void LogStorage::remove(std::int64_t slot) {
  if (slot < 0 || slot >= held_) throw std::logic_error(fmt::format("slot {} of {} is empty", slot, held_));
  const Record record = record_at(offset(slot));
  live_ -= record.bytes;
  payload_ -= static_cast<std::int64_t>(record.entry.size);
  --held_;
  if (slot != held_)
    std::memcpy(directory(slot), directory(held_), static_cast<std::size_t>(directory_entry_bytes()));
}

std::vector<LogStorage::Place> LogStorage::places() const {
  std::vector<Place> places(static_cast<std::size_t>(held_));
  for (std::int64_t slot = 0; slot < held_; ++slot)
    places[static_cast<std::size_t>(slot)] = {offset(slot), slot};
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.offset < b.offset; });
  return places;
}

void LogStorage::compact() {
  std::int64_t to = 0;
  for (const Place& place : places()) {
    const std::int64_t bytes = record_at(place.offset).bytes;
    if (to != place.offset) {
      std::memmove(block_.data() + to, block_.data() + place.offset, static_cast<std::size_t>(bytes));
      set_offset(place.slot, to);
    }
    to += bytes;
  }
  end_ = to;
}

void LogStorage::grow(std::int64_t bytes_needed) {
  // 64 bytes keep the first growths from being too small to matter; offsets into a larger block may be wider.
  const std::int64_t bytes = bytes_needed + bytes_needed / 16 + 64;
  const int widest = bytes_to_address(bytes + 7 * (held_ + 1));
  LogStorage larger(slots_, beside_, allocate(bytes + (widest - offset_bytes_) * (held_ + 1)));
  for (std::int64_t slot = 0; slot < held_; ++slot) {
    larger.write_record(labels()[slot], entry(slot));
    std::copy_n(beside(slot), beside_.extra(), larger.beside(slot));
  }
  *this = std::move(larger);
}

void LogStorage::charge(ByteLedger& ledger) const {
  const std::int64_t labels = held_ * beside_.label, columns = held_ * beside_.columns,
                     index = held_ * (offset_bytes_ + beside_.note) + live_ - payload_;
  ledger.add(Item::kPayload, payload_);
  ledger.add(Item::kLabels, labels);
  ledger.add(Item::kColumns, columns);
  ledger.add(Item::kIndex, index);
  ledger.add(Item::kSlack,
             static_cast<std::int64_t>(block_.capacity()) - payload_ - labels - columns - index);
}

void LogStorage::visit_image(const std::function<void(ByteView)>& visit) const {
  visit({block_.data(), block_.size()});
}

}  // namespace packrat
