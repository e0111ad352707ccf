#include <algorithm>
#include <cstring>

#include "engine/buffer/entry_storage.h"
#include "engine/buffer/sampler.h"

namespace packrat {
namespace {

std::uint32_t number_of(const Held& held, std::int64_t slot) {
  std::uint32_t number;
  std::memcpy(&number, held.storage->beside(slot), sizeof number);
  return number;
}

/// First in, first out, class-balanced (the ring buffer of Lopez-Paz and Ranzato, NeurIPS 2017, and Chaudhry
/// et al., 2019, with no slot left empty while there are few classes): every entry is stored, and a full
/// buffer evicts the oldest of its largest class, the incoming entry counted. Notes the order of arrival,
/// four bytes an entry. Finding the oldest looks at every label, once for a chunk of rows.
class RingSampler : public CopiedSampler<RingSampler> {
 public:
  static constexpr const char* kName = "ring";

  std::string_view name() const override { return kName; }
  bool admits(const Arrival&, const Held&, Rng&) const override { return true; }
  std::int64_t evict(const Arrival& incoming, const Held& held, Rng& rng) const override;
  bool decides_by_labels() const override { return false; }
  void start(int, std::int64_t) override { next_ = 0; }
  void expect_rows(std::int64_t rows) override;
  std::int64_t note_bytes() const override { return sizeof next_; }
  void write_note(std::uint8_t* note) override;
  std::int64_t state_bytes() const override { return sizeof next_; }
  void write_state(ByteWriter& out) const override { out.value(next_); }
  void read_state(ByteReader& reader) override { next_ = reader.value<std::uint32_t>(); }

 private:
  /// An entry as it was found.
  struct Found {
    std::uint32_t age, number;
    std::int64_t slot;
    friend bool operator<(const Found& a, const Found& b) { return a.age < b.age; }
  };
  std::int64_t oldest_by_looking(int label, const Held& held) const;
  void find_all(const Held& held) const;

  std::uint32_t next_ = 0;  // wraps around; ages are differences
  // While rows are expected: the entries of each class, once one of them had to go; all others are younger.
  bool rows_expected_ = false;
  mutable std::vector<std::vector<Found>> found_;  // by class, each a heap when heaps_ says so
  mutable std::vector<bool> heaps_;
};

std::int64_t RingSampler::oldest_by_looking(int label, const Held& held) const {
  std::int64_t oldest = kIncoming;  // the class holds nothing yet: there is a slot for every class but this
  std::uint32_t most = 0;
  for (std::int64_t slot = 0; slot < held.labels.size; ++slot) {
    if (held.labels[slot] != label) continue;
    if (const std::uint32_t age = next_ - number_of(held, slot); age > most || oldest == kIncoming) {
      most = age;
      oldest = slot;
    }
  }
  return oldest;
}

void RingSampler::find_all(const Held& held) const {
  found_.assign(static_cast<std::size_t>(held.counts.classes()), {});
  heaps_.assign(found_.size(), false);
  for (std::int64_t slot = 0; slot < held.labels.size; ++slot) {
    const std::uint32_t number = number_of(held, slot);
    found_[static_cast<std::size_t>(held.labels[slot])].push_back({next_ - number, number, slot});
  }
}

std::int64_t RingSampler::evict(const Arrival& incoming, const Held& held, Rng&) const {
  const int largest = held.counts.largest_with(incoming.label);
  if (!rows_expected_) return oldest_by_looking(largest, held);
  const auto label = static_cast<std::size_t>(largest);
  for (int look = 0; look < 2; ++look) {
    if (found_.empty() || look > 0) find_all(held);
    std::vector<Found>& of_class = found_[label];
    if (!heaps_[label]) std::make_heap(of_class.begin(), of_class.end());
    heaps_[label] = true;
    while (!of_class.empty()) {
      const Found oldest = of_class.front();
      if (held.labels[oldest.slot] == largest && number_of(held, oldest.slot) == oldest.number)
        return oldest.slot;
      std::pop_heap(of_class.begin(), of_class.end());  // its slot was taken since
      of_class.pop_back();
    }
  }
  return kIncoming;
}

void RingSampler::expect_rows(std::int64_t rows) {
  rows_expected_ = rows > 1;
  found_ = {};
  heaps_ = {};
}

void RingSampler::write_note(std::uint8_t* note) {
  std::memcpy(note, &next_, sizeof next_);
  ++next_;
}

}  // namespace

SamplerInfo ring_sampler() {
  return {RingSampler::kName, "class-balanced, first in, first out: the oldest of the largest class go",
          make_copied<RingSampler>};
}

}  // namespace packrat
