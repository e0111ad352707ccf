#pragma once
#include "engine/buffer/sampler.h"

namespace packrat {

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

}  // namespace packrat
