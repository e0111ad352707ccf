#include "engine/buffer/replay_buffer.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <unordered_map>

#include "compressors/codec.h"
#include "engine/buffer/storage_plan.h"

namespace packrat {
namespace {

/// As EntryStorage::takes() counts them.
std::int64_t record_bytes(ByteView entry) {
  return leb128_bytes(entry.size) + static_cast<std::int64_t>(entry.size);
}

/// n different ones of 0 .. bound-1 in random order.
std::vector<std::int64_t> distinct_numbers(std::int64_t n, std::int64_t bound, Rng& rng) {
  if (2 * n > bound) {
    std::vector<std::int64_t> all = rng.permutation(bound);
    all.resize(static_cast<std::size_t>(n));
    return all;
  }
  // Draws until there are n; what was drawn is found in a table twice to four times as large, by linear
  // probing.
  std::size_t places = 1;
  while (places < 2 * static_cast<std::size_t>(n)) places *= 2;
  std::vector<std::int64_t> drawn, table(places, -1);
  drawn.reserve(static_cast<std::size_t>(n));
  while (static_cast<std::int64_t>(drawn.size()) < n) {
    const auto number = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(bound)));
    std::size_t at = static_cast<std::size_t>(number) * 0x9e3779b97f4a7c15u >> 20 & (places - 1);
    while (table[at] >= 0 && table[at] != number) at = (at + 1) & (places - 1);
    if (table[at] == number) continue;
    table[at] = number;
    drawn.push_back(number);
  }
  return drawn;
}

ByteView view_of(const std::vector<std::uint8_t>& bytes) {
  return {bytes.data(), bytes.size()};
}

}  // namespace

ReplayBuffer::ReplayBuffer(std::shared_ptr<const Codec> codec, ClassCounts counts, Budget budget,
                           std::unique_ptr<Sampler> sampler, std::vector<Column> columns)
    : codec_(std::move(codec)),
      shared_(codec_->shared_bytes()),
      budget_(budget),
      sampler_(std::move(sampler)),
      columns_(std::move(columns)),
      counts_(std::move(counts)) {
  check_columns(columns_);
  sampler_->start(classes(), codec_->domain().values());
}

ReplayBuffer::ReplayBuffer(std::shared_ptr<const Codec> codec, int classes, Budget budget,
                           std::unique_ptr<Sampler> sampler, std::vector<Column> columns,
                           std::shared_ptr<kernels::cuda::Device> device)
    : ReplayBuffer(std::move(codec), ClassCounts(classes), budget, std::move(sampler), std::move(columns)) {
  device_ = std::move(device);
  storage_ = make_storage(*codec_, needs(), budget, device_);
  check_budget();
}

StorageNeeds ReplayBuffer::needs() const {
  return {classes(),
          shared_.total(),
          sampler_->state_bytes(),
          {label_bytes(classes()), sampler_->note_bytes(), column_bytes(columns_)}};
}

StorageNeeds ReplayBuffer::needs_of(const Codec& codec, int classes, Sampler& sampler,
                                    const std::vector<Column>& columns) {
  check_columns(columns);
  sampler.start(classes, codec.domain().values());
  return {classes,
          codec.shared_bytes().total(),
          sampler.state_bytes(),
          {label_bytes(classes), sampler.note_bytes(), column_bytes(columns)}};
}

ReplayBuffer ReplayBuffer::over(std::unique_ptr<EntryStorage> storage, std::shared_ptr<const Codec> codec,
                                int classes, Budget budget, std::unique_ptr<Sampler> sampler,
                                std::vector<Column> columns, ByteReader* state) {
  ReplayBuffer buffer(std::move(codec),
                      state != nullptr ? ClassCounts::from_image(classes, *state) : ClassCounts(classes),
                      budget, std::move(sampler), std::move(columns));
  if (state != nullptr) buffer.sampler_->read_state(*state);
  buffer.counts_.recount(storage->labels());
  buffer.storage_ = std::move(storage);
  buffer.check_budget();
  return buffer;
}

void ReplayBuffer::write_state(ByteWriter& out) const {
  const std::vector<std::uint8_t> counts = counts_.image();
  out.bytes(counts.data(), counts.size());
  sampler_->write_state(out);
}

void ReplayBuffer::keep_state(ByteView follows) {
  if (!storage_->is_mapped()) return;
  std::vector<std::uint8_t> state;
  ByteWriter out(state);
  write_state(out);
  out.bytes(follows.data, follows.size);
  storage_->keep_state({state.data(), state.size()});
}

Held ReplayBuffer::held() const {
  return {storage_->capacity(), counts_, storage_->labels(), storage_.get(), codec_.get()};
}

Decision ReplayBuffer::decide(const Arrival& arrival, Rng& rng) const {
  check_label(arrival.label);
  if (storage_->slot_limited()) return sampler_->offer(arrival, held(), rng);
  const bool admitted = sampler_->admits(arrival, held(), rng);
  return {admitted ? Decision::Action::kAppend : Decision::Action::kSkip, arrival.label, 0};
}

bool ReplayBuffer::store(const Decision& decision, ByteView entry, Rng& rng, const float* row,
                         ByteView columns) {
  check_label(decision.label);
  const Arrival arrival(decision.label, row);
  switch (decision.action) {
    case Decision::Action::kSkip:
      sampler_->count(arrival, held());
      return false;
    case Decision::Action::kReplace: {
      const std::int64_t slot = decision.slot;
      check_slot(slot);
      const int evicted = label(slot);
      sampler_->count(arrival, held());
      storage_->replace_with(slot, decision.label, entry, view_of(beside_of(columns)));
      counts_.remove(evicted);
      break;
    }
    case Decision::Action::kAppend: {
      check_entry_fits(static_cast<std::int64_t>(entry.size));
      const bool has_room = make_room(arrival, static_cast<std::int64_t>(entry.size), rng);
      sampler_->count(arrival, held());
      if (!has_room) return false;
      storage_->append_with(decision.label, entry, view_of(beside_of(columns)));
      break;
    }
  }
  counts_.add(decision.label);
  check_budget();
  return true;
}

bool ReplayBuffer::offer(const Arrival& arrival, ByteView entry, Rng& rng, ByteView columns) {
  return store(decide(arrival, rng), entry, rng, arrival.row, columns);
}

std::vector<std::uint8_t> ReplayBuffer::beside_of(ByteView columns) {
  if (sampler_->note_bytes() == 0) return {columns.data, columns.data + columns.size};
  std::vector<std::uint8_t> beside(static_cast<std::size_t>(needs().beside.extra()));
  sampler_->write_note(beside.data());
  std::copy_n(columns.data, columns.size, beside.begin() + sampler_->note_bytes());
  return beside;
}

void ReplayBuffer::check_entry_fits(std::int64_t entry_bytes) const {
  if (!storage_->slot_limited() && entry_bytes > storage_->largest_entry())
    throw UserError(fmt::format(
        "an entry of {} bytes does not fit in a budget of {} bytes, which takes at most {}: raise the budget "
        "or choose a smaller codec",
        entry_bytes, budget_.amount, storage_->largest_entry()));
}

bool ReplayBuffer::make_room(const Arrival& arrival, std::int64_t entry_bytes, Rng& rng) {
  if (storage_->slot_limited()) return true;
  while (!storage_->has_room(entry_bytes)) {
    const std::int64_t slot = sampler_->evict(arrival, held(), rng);
    if (slot == Sampler::kIncoming) return false;
    drop(slot);
  }
  return true;
}

void ReplayBuffer::drop(std::int64_t slot) {
  counts_.remove(label(slot));
  storage_->remove(slot);
}

std::vector<std::int64_t> ReplayBuffer::draw(std::int64_t n, bool with_replacement, Rng& rng) const {
  if (n < 0 || (n > 0 && size() == 0) || (!with_replacement && n > size()))
    throw UserError(fmt::format("{} entries cannot be drawn{} from a buffer of {}", n,
                                with_replacement ? "" : " without replacement", size()));
  if (!with_replacement) return distinct_numbers(n, size(), rng);
  std::vector<std::int64_t> slots(static_cast<std::size_t>(n));
  for (std::int64_t& slot : slots)
    slot = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(size())));
  return slots;
}

void ReplayBuffer::check_replacements(const std::vector<std::int64_t>& slots,
                                      const EntryBatch& entries) const {
  std::unordered_map<std::int64_t, std::int64_t> replaced;  // bytes of the records of slots
  std::int64_t growth = 0;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    check_held(slots[i]);
    const auto [at, is_first] = replaced.emplace(slots[i], 0);
    if (is_first) at->second = record_bytes(entry(slots[i]));
    const ByteView incoming = entries.entry(static_cast<std::int64_t>(i));
    growth += record_bytes(incoming) - at->second;
    at->second = record_bytes(incoming);
    if (!storage_->can_grow(growth))
      throw UserError(
          fmt::format("an entry of {} bytes does not fit in the place of slot {}: remove others first, or "
                      "raise the budget of {} bytes",
                      incoming.size, slots[i], budget_.amount));
  }
}

void ReplayBuffer::replace(const std::vector<std::int64_t>& slots, const std::vector<int>& labels,
                           const EntryBatch& entries, ByteView columns) {
  for (const int its_label : labels) check_label(its_label);
  check_replacements(slots, entries);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const int before = label(slots[i]);
    const std::size_t each = columns.size / slots.size();
    storage_->replace_with(slots[i], labels[i], entries.entry(static_cast<std::int64_t>(i)),
                           view_of(beside_of({columns.data + i * each, each})));
    counts_.remove(before);
    counts_.add(labels[i]);
  }
  check_budget();
}

void ReplayBuffer::remove(std::vector<std::int64_t> slots) {
  std::sort(slots.rbegin(), slots.rend());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    check_held(slots[i]);
    if (i > 0 && slots[i] == slots[i - 1])
      throw UserError(fmt::format("slot {} is named twice: name each slot once", slots[i]));
  }
  for (const std::int64_t slot : slots) drop(slot);
}

void ReplayBuffer::clear() {
  if (!storage_->clear()) storage_ = make_storage(*codec_, needs(), budget_, device_);
  counts_ = ClassCounts(classes());
  sampler_->start(classes(), codec_->domain().values());
}

void ReplayBuffer::resize(Budget budget, Rng& rng) {
  if (storage_->is_mapped()) throw std::logic_error("a mapped buffer is resized by resize_mapped_buffer()");
  resize_into(make_storage(*codec_, needs(), budget, device_), budget, rng);
}

void ReplayBuffer::resize_into(std::unique_ptr<EntryStorage> resized, Budget budget, Rng& rng) {
  std::int64_t records = 0;
  for (std::int64_t slot = 0; slot < size(); ++slot) records += record_bytes(entry(slot));
  while (!resized->takes(size(), records)) {
    const std::int64_t slot = sampler_->evict(Arrival::kNoLabel, held(), rng);
    records -= record_bytes(entry(slot));
    drop(slot);
  }
  const auto extra = static_cast<std::size_t>(needs().beside.extra());
  for (std::int64_t slot = 0; slot < size(); ++slot)
    resized->append_with(label(slot), entry(slot), {storage_->beside(slot), extra});
  storage_ = std::move(resized);
  budget_ = budget;
  check_budget();
}

ByteView ReplayBuffer::columns_of(std::int64_t slot) const {
  return {storage_->beside(slot) + sampler_->note_bytes(), static_cast<std::size_t>(column_bytes(columns_))};
}

void ReplayBuffer::set_columns(std::int64_t slot, std::int64_t begin, ByteView values) {
  check_slot(slot);
  if (begin + static_cast<std::int64_t>(values.size) > column_bytes(columns_))
    throw std::logic_error(
        fmt::format("{} bytes at {} of columns of {}", values.size, begin, column_bytes(columns_)));
  storage_->write_beside(slot, sampler_->note_bytes() + begin, values);
}

void ReplayBuffer::check_label(std::int64_t label) const {
  if (label < 0 || label >= classes())
    throw UserError(
        fmt::format("label {} is no class of this buffer: labels are 0 to {}", label, classes() - 1));
}

void ReplayBuffer::check_held(std::int64_t slot) const {
  if (slot >= 0 && slot < size()) return;
  throw UserError(size() == 0 ? fmt::format("slot {} holds no entry: the buffer is empty", slot)
                              : fmt::format("slot {} holds no entry: slots are 0 to {}", slot, size() - 1));
}

void ReplayBuffer::check_slot(std::int64_t slot) const {
  if (slot < 0 || slot >= size()) throw std::logic_error(fmt::format("slot {} of {} is empty", slot, size()));
}

void ReplayBuffer::check_budget() const {
  const bool in_slots = budget_.unit == Budget::Unit::kSlots;
  const std::int64_t used = in_slots ? size() : ledger().buffer_total();
  if (used > budget_.amount)
    throw std::logic_error(fmt::format("the buffer holds {} {}, its budget is {}", used,
                                       in_slots ? "entries" : "bytes", budget_.amount));
}

void ReplayBuffer::decode(const std::vector<std::int64_t>& slots, Rows out) const {
  for (const std::int64_t slot : slots) check_slot(slot);
  storage_->decode(*codec_, slots, out);
}

void ReplayBuffer::decode_there(const std::vector<std::int64_t>& slots, float* out) const {
  for (const std::int64_t slot : slots) check_slot(slot);
  storage_->decode_there(slots, out);
}

ByteLedger ReplayBuffer::ledger() const {
  ByteLedger ledger;
  ledger.add(Item::kCodecShared, shared_.other);
  ledger.add(Item::kCodecEncoder, shared_.encoder);
  ledger.add(Item::kCodecDecoder, shared_.decoder);
  ledger.add(Item::kIndex, counts_.bytes() + sampler_->state_bytes());
  storage_->charge(ledger);
  return ledger;
}

void ReplayBuffer::visit_memory(const std::function<void(ByteView)>& visit) const {
  const std::vector<std::uint8_t> shared = codec_->shared();
  visit({shared.data(), shared.size()});
  std::vector<std::uint8_t> state;
  ByteWriter writer(state);
  write_state(writer);
  visit({state.data(), state.size()});
  storage_->visit_image(visit);
}

ReplayBuffer ReplayBuffer::from_memory(std::shared_ptr<const Codec> codec, int classes, Budget budget,
                                       std::unique_ptr<Sampler> sampler, ByteView memory,
                                       std::vector<Column> columns,
                                       std::shared_ptr<kernels::cuda::Device> device) {
  ByteReader reader(memory);
  const std::vector<std::uint8_t> shared = codec->shared();
  const std::uint8_t* const stored = reader.bytes(shared.size());
  if (!std::equal(shared.begin(), shared.end(), stored))
    throw CorruptEntry(fmt::format("what the entries share differs from what {} gives", codec->spec()));
  ReplayBuffer buffer(std::move(codec), ClassCounts::from_image(classes, reader), budget, std::move(sampler),
                      std::move(columns));
  buffer.sampler_->read_state(reader);
  buffer.device_ = std::move(device);
  buffer.storage_ =
      restore_storage(*buffer.codec_, buffer.needs(), budget, buffer.device_, buffer.counts_.total(), reader);
  if (reader.left() > 0) throw CorruptEntry(fmt::format("{} bytes follow the entries", reader.left()));
  std::vector<std::int64_t> held(static_cast<std::size_t>(classes), 0);
  for (std::int64_t slot = 0; slot < buffer.size(); ++slot) {
    if (buffer.label(slot) >= classes)
      throw CorruptEntry(fmt::format("slot {} has label {}", slot, buffer.label(slot)));
    ++held[static_cast<std::size_t>(buffer.label(slot))];
  }
  for (int c = 0; c < classes; ++c)
    if (held[static_cast<std::size_t>(c)] != buffer.counts_.held(c))
      throw CorruptEntry(fmt::format("class {} is said to hold {} entries but holds {}", c,
                                     buffer.counts_.held(c), held[static_cast<std::size_t>(c)]));
  buffer.check_budget();
  return buffer;
}

}  // namespace packrat
