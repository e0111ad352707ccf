#include "engine/buffer/replay_buffer.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "compressors/codec.h"
#include "engine/buffer/storage_plan.h"

namespace packrat {

ReplayBuffer::ReplayBuffer(std::shared_ptr<const Codec> codec, ClassCounts counts, Budget budget,
                           std::unique_ptr<const Sampler> sampler)
    : codec_(std::move(codec)),
      shared_(codec_->shared_bytes()),
      budget_(budget),
      sampler_(std::move(sampler)),
      counts_(std::move(counts)) {}

ReplayBuffer::ReplayBuffer(std::shared_ptr<const Codec> codec, int classes, Budget budget,
                           std::unique_ptr<const Sampler> sampler)
    : ReplayBuffer(std::move(codec), ClassCounts(classes), budget, std::move(sampler)) {
  storage_ = make_storage(*codec_, shared_.total(), classes, budget);
  check_budget();
}

Decision ReplayBuffer::decide(int label, Rng& rng) const {
  check_label(label);
  if (storage_->slot_limited())
    return sampler_->offer(label, storage_->capacity(), counts_, storage_->labels(), rng);
  const bool admitted = sampler_->admits(label, storage_->capacity(), counts_);
  return {admitted ? Decision::Action::kAppend : Decision::Action::kSkip, label, 0};
}

bool ReplayBuffer::store(const Decision& decision, ByteView entry, Rng& rng) {
  check_label(decision.label);
  if (decision.action == Decision::Action::kSkip) return false;
  if (decision.action == Decision::Action::kReplace) {
    check_slot(decision.slot);
    const int evicted = label(decision.slot);
    storage_->replace(decision.slot, decision.label, entry);
    counts_.remove(evicted);
  } else {
    if (!make_room(decision, static_cast<std::int64_t>(entry.size), rng)) return false;
    storage_->append(decision.label, entry);
  }
  counts_.add(decision.label);
  check_budget();
  return true;
}

bool ReplayBuffer::offer(int label, ByteView entry, Rng& rng) {
  return store(decide(label, rng), entry, rng);
}

bool ReplayBuffer::make_room(const Decision& decision, std::int64_t entry_bytes, Rng& rng) {
  if (storage_->slot_limited()) return true;
  if (entry_bytes > storage_->largest_entry())
    throw UserError(fmt::format(
        "an entry of {} bytes does not fit in a budget of {} bytes, which takes at most {}: raise the budget "
        "or choose a smaller codec",
        entry_bytes, budget_.amount, storage_->largest_entry()));
  while (!storage_->has_room(entry_bytes)) {
    const std::int64_t slot =
        sampler_->evict(decision.label, storage_->capacity(), counts_, storage_->labels(), rng);
    if (slot == Sampler::kIncoming) return false;
    counts_.remove(label(slot));
    storage_->remove(slot);
  }
  return true;
}

void ReplayBuffer::check_label(int label) const {
  if (label < 0 || label >= classes())
    throw UserError(
        fmt::format("label {} is no class of this buffer: labels are 0 to {}", label, classes() - 1));
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
  std::vector<ByteView> entries;
  entries.reserve(slots.size());
  for (const std::int64_t slot : slots) {
    check_slot(slot);
    entries.push_back(entry(slot));
  }
  codec_->decode(entries, out);
}

ByteLedger ReplayBuffer::ledger() const {
  ByteLedger ledger;
  ledger.add(Item::kCodecShared, shared_.other);
  ledger.add(Item::kCodecEncoder, shared_.encoder);
  ledger.add(Item::kCodecDecoder, shared_.decoder);
  ledger.add(Item::kIndex, counts_.bytes());
  storage_->charge(ledger);
  return ledger;
}

void ReplayBuffer::visit_memory(const std::function<void(ByteView)>& visit) const {
  const std::vector<std::uint8_t> shared = codec_->shared();
  visit({shared.data(), shared.size()});
  const std::vector<std::uint8_t> counts = counts_.image();
  visit({counts.data(), counts.size()});
  for (const ByteView& piece : storage_->image()) visit(piece);
}

ReplayBuffer ReplayBuffer::from_memory(std::shared_ptr<const Codec> codec, int classes, Budget budget,
                                       std::unique_ptr<const Sampler> sampler, ByteView memory) {
  ByteReader reader(memory);
  const std::vector<std::uint8_t> shared = codec->shared();
  const std::uint8_t* const stored = reader.bytes(shared.size());
  if (!std::equal(shared.begin(), shared.end(), stored))
    throw CorruptEntry(fmt::format("what the entries share differs from what {} gives", codec->spec()));
  ReplayBuffer buffer(std::move(codec), ClassCounts::from_image(classes, reader), budget, std::move(sampler));
  buffer.storage_ = restore_storage(*buffer.codec_, static_cast<std::int64_t>(shared.size()), classes, budget,
                                    buffer.counts_.total(), reader);
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
