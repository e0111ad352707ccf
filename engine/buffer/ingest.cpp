#include <fmt/format.h>

#include <cmath>
#include <map>
#include <stdexcept>

#include "compressors/codec.h"
#include "engine/buffer/replay_buffer.h"

namespace packrat {
namespace {

constexpr std::int64_t kLabelsForARow = 64;  // copied in about the time that encoding a row by itself takes

void check_finite(ConstRows rows, std::int64_t row, std::int64_t position) {
  for (std::int64_t i = 0; i < rows.width; ++i)
    if (!std::isfinite(rows.row(row)[i]))
      throw UserError(fmt::format("image {} of the stream: value {} is {}; features must be finite",
                                  position + row, i, rows.row(row)[i]));
}

/// The decisions about a chunk, made on copies of the labels and the sampler: which row each changed slot
/// ends up with.
class Plan {
 public:
  Plan(ClassCounts counts, const LabelView& labels, std::int64_t capacity, std::unique_ptr<Sampler> sampler)
      : sampler_(std::move(sampler)),
        counts_(std::move(counts)),
        width_(labels.width),
        capacity_(capacity),
        held_(labels.size) {
    labels_.resize(static_cast<std::size_t>(held_ * width_));
    for (std::int64_t slot = 0; slot < held_; ++slot) set(slot, labels[slot]);
  }

  void offer(std::int64_t row, int label, Rng rng) {
    const LabelView view{labels_.data(), width_, width_, held_};
    const Held held{capacity_, counts_, view};
    const Decision decision = sampler_->offer(label, held, rng);
    sampler_->count(label, held);
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
  /// After all offers.
  std::unique_ptr<Sampler> take_sampler() { return std::move(sampler_); }
  const std::map<std::int64_t, std::int64_t>& row_of() const { return row_of_; }

 private:
  void set(std::int64_t slot, int label) { write_label(labels_.data() + slot * width_, width_, label); }

  std::unique_ptr<Sampler> sampler_;
  ClassCounts counts_;
  std::vector<std::uint8_t> labels_;
  int width_;
  std::int64_t capacity_;
  std::int64_t held_;
  std::map<std::int64_t, std::int64_t> row_of_;  // slot -> row, in the order of slots
};

/// The columns of a row of `count`.
ByteView columns_at(ByteView columns, std::int64_t row, std::int64_t count) {
  const std::size_t bytes = columns.size / static_cast<std::size_t>(count);
  return {columns.data + static_cast<std::size_t>(row) * bytes, bytes};
}

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

/// Tells a sampler that rows are coming, and that they came.
class ExpectedRows {
 public:
  ExpectedRows(Sampler& sampler, std::int64_t rows) : sampler_(sampler) { sampler_.expect_rows(rows); }
  ~ExpectedRows() { sampler_.expect_rows(0); }
  ExpectedRows(const ExpectedRows&) = delete;
  ExpectedRows& operator=(const ExpectedRows&) = delete;

 private:
  Sampler& sampler_;
};

}  // namespace

std::int64_t ReplayBuffer::ingest(ConstRows rows, const std::vector<int>& labels, std::int64_t position,
                                  const Rng& rng, ByteView columns) {
  if (rows.width != codec_->domain().values() || rows.count != static_cast<std::int64_t>(labels.size()))
    throw std::logic_error(fmt::format("{} rows of {} values came with {} labels to a codec for {} values",
                                       rows.count, rows.width, labels.size(), codec_->domain().values()));
  if (columns.size > 0 && static_cast<std::int64_t>(columns.size) != rows.count * column_bytes(columns_))
    throw std::logic_error(fmt::format("{} bytes of columns came with {} rows", columns.size, rows.count));
  for (const int label : labels) check_label(label);
  // Planning copies all labels: not for a few rows that come to a large buffer.
  const bool planned =
      codec_->entry_bytes() && sampler_->decides_by_labels() && rows.count >= size() / kLabelsForARow;
  return planned ? ingest_planned(rows, labels, position, rng, columns)
                 : ingest_in_turn(rows, labels, position, rng, columns);
}

std::int64_t ReplayBuffer::ingest_planned(ConstRows rows, const std::vector<int>& labels,
                                          std::int64_t position, const Rng& rng, ByteView columns) {
  Plan plan(counts_, storage_->labels(), storage_->capacity(), sampler_->clone());
  for (std::int64_t row = 0; row < rows.count; ++row)
    plan.offer(row, labels[static_cast<std::size_t>(row)],
               rng.fork("offer", static_cast<std::uint64_t>(position + row)));
  const EntryBatch entries =
      plan.row_of().empty() ? EntryBatch() : encode(*codec_, rows, plan.row_of(), position);
  std::int64_t i = 0;
  for (const auto& [slot, row] : plan.row_of()) {
    const int label = labels[static_cast<std::size_t>(row)];
    const ByteView beside = columns.size > 0 ? columns_at(columns, row, rows.count) : ByteView{};
    if (slot < size())
      storage_->replace_with(slot, label, entries.entry(i++), beside);
    else
      storage_->append_with(label, entries.entry(i++), beside);
  }
  counts_ = plan.counts();
  sampler_ = plan.take_sampler();
  check_budget();
  return entries.count();
}

// Whether an entry is admitted depends on the sizes of those before it, or on the entries themselves, so that
// they cannot be encoded together.
std::int64_t ReplayBuffer::ingest_in_turn(ConstRows rows, const std::vector<int>& labels,
                                          std::int64_t position, const Rng& rng, ByteView columns) {
  // Where bytes are the limit, entries are removed, and others move into the gap.
  const ExpectedRows expected(*sampler_, storage_->slot_limited() ? rows.count : 0);
  std::int64_t encoded = 0;
  for (std::int64_t row = 0; row < rows.count; ++row) {
    Rng draws = rng.fork("offer", static_cast<std::uint64_t>(position + row));
    if (!sampler_->decides_by_labels()) check_finite(rows, row, position);
    const Decision decision = decide({labels[static_cast<std::size_t>(row)], rows.row(row)}, draws);
    if (decision.action == Decision::Action::kSkip) {
      store(decision, {}, draws, rows.row(row));
      continue;
    }
    check_finite(rows, row, position);
    store(decision, codec_->encode(ConstRows(rows.row(row), 1, rows.width)).entry(0), draws, rows.row(row),
          columns.size > 0 ? columns_at(columns, row, rows.count) : ByteView{});
    ++encoded;
  }
  return encoded;
}

}  // namespace packrat
