#include <fmt/format.h>

#include <cmath>
#include <map>
#include <stdexcept>

#include "compressors/codec.h"
#include "engine/buffer/replay_buffer.h"

namespace packrat {
namespace {

void check_finite(ConstRows rows, std::int64_t row, std::int64_t position) {
  for (std::int64_t i = 0; i < rows.width; ++i)
    if (!std::isfinite(rows.row(row)[i]))
      throw UserError(fmt::format("image {} of the stream: value {} is {}; features must be finite",
                                  position + row, i, rows.row(row)[i]));
}

/// The decisions about a chunk, made on a copy of the labels: which row each changed slot ends up with.
class Plan {
 public:
  Plan(ClassCounts counts, const LabelView& labels, std::int64_t capacity)
      : counts_(std::move(counts)), width_(labels.width), capacity_(capacity), held_(labels.size) {
    labels_.resize(static_cast<std::size_t>(held_ * width_));
    for (std::int64_t slot = 0; slot < held_; ++slot) set(slot, labels[slot]);
  }

  void offer(std::int64_t row, int label, const Sampler& sampler, Rng rng) {
    const LabelView view{labels_.data(), width_, width_, held_};
    const Decision decision = sampler.offer(label, capacity_, counts_, view, rng);
    if (decision.action == Decision::Action::kSkip) return;
    std::int64_t slot = decision.slot;
    if (decision.action == Decision::Action::kReplace) {
      counts_.remove(view[slot]);
    } else {
      slot = held_++;
      labels_.resize(static_cast<std::size_t>(held_ * width_));
    }
    set(slot, label);
    counts_.add(label);
    row_of_[slot] = row;
  }

  const ClassCounts& counts() const { return counts_; }
  const std::map<std::int64_t, std::int64_t>& row_of() const { return row_of_; }

 private:
  void set(std::int64_t slot, int label) { write_label(labels_.data() + slot * width_, width_, label); }

  ClassCounts counts_;
  std::vector<std::uint8_t> labels_;
  int width_;
  std::int64_t capacity_;
  std::int64_t held_;
  std::map<std::int64_t, std::int64_t> row_of_;  // slot -> row, in the order of slots
};

/// Encodes those rows, in that order.
EntryBatch encode(const Codec& codec, ConstRows rows, const std::map<std::int64_t, std::int64_t>& row_of,
                  std::int64_t position) {
  std::vector<float> chosen;
  chosen.reserve(row_of.size() * static_cast<std::size_t>(rows.width));
  for (const auto& [slot, row] : row_of) {
    check_finite(rows, row, position);
    chosen.insert(chosen.end(), rows.row(row), rows.row(row) + rows.width);
  }
  return codec.encode(ConstRows(chosen.data(), static_cast<std::int64_t>(row_of.size()), rows.width));
}

}  // namespace

std::int64_t ReplayBuffer::ingest(ConstRows rows, const std::vector<int>& labels, std::int64_t position,
                                  const Rng& rng) {
  if (rows.width != codec_->domain().values() || rows.count != static_cast<std::int64_t>(labels.size()))
    throw std::logic_error(fmt::format("{} rows of {} values came with {} labels to a codec for {} values",
                                       rows.count, rows.width, labels.size(), codec_->domain().values()));
  for (const int label : labels) check_label(label);
  return codec_->entry_bytes() ? ingest_planned(rows, labels, position, rng)
                               : ingest_in_turn(rows, labels, position, rng);
}

std::int64_t ReplayBuffer::ingest_planned(ConstRows rows, const std::vector<int>& labels,
                                          std::int64_t position, const Rng& rng) {
  Plan plan(counts_, storage_->labels(), storage_->capacity());
  for (std::int64_t row = 0; row < rows.count; ++row)
    plan.offer(row, labels[static_cast<std::size_t>(row)], *sampler_,
               rng.fork("offer", static_cast<std::uint64_t>(position + row)));
  if (plan.row_of().empty()) return 0;

  const EntryBatch entries = encode(*codec_, rows, plan.row_of(), position);
  std::int64_t i = 0;
  for (const auto& [slot, row] : plan.row_of()) {
    const int label = labels[static_cast<std::size_t>(row)];
    if (slot < size())
      storage_->replace(slot, label, entries.entry(i++));
    else
      storage_->append(label, entries.entry(i++));
  }
  counts_ = plan.counts();
  check_budget();
  return entries.count();
}

// Whether an entry is admitted depends on the sizes of those before it, so that they cannot be encoded
// together.
std::int64_t ReplayBuffer::ingest_in_turn(ConstRows rows, const std::vector<int>& labels,
                                          std::int64_t position, const Rng& rng) {
  std::int64_t encoded = 0;
  for (std::int64_t row = 0; row < rows.count; ++row) {
    Rng draws = rng.fork("offer", static_cast<std::uint64_t>(position + row));
    const Decision decision = decide(labels[static_cast<std::size_t>(row)], draws);
    if (decision.action == Decision::Action::kSkip) continue;
    check_finite(rows, row, position);
    store(decision, codec_->encode(ConstRows(rows.row(row), 1, rows.width)).entry(0), draws);
    ++encoded;
  }
  return encoded;
}

}  // namespace packrat
