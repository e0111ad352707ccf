#include <vector>

#include "engine/buffer/sampler.h"

namespace packrat {
namespace {

/// Class-balancing reservoir sampling (CBRS; Chrysakis and Moens, ICML 2020, algorithm 1). A class is full
/// from the moment it is the largest of a full buffer. An entry of a class that is not full takes the place
/// of one of the largest class; one of a full class c is stored with probability m_c / n_c, entries held of
/// entries offered, in the place of another of c. Keeps n_c and whether c is full: nine bytes a class.
class ClassBalancedReservoirSampler : public CopiedSampler<ClassBalancedReservoirSampler> {
 public:
  static constexpr const char* kName = "class_balanced_reservoir";

  std::string_view name() const override { return kName; }
  bool admits(const Arrival& arrival, const Held& held, Rng& rng) const override;
  std::int64_t evict(const Arrival& incoming, const Held& held, Rng& rng) const override;
  void start(int classes, std::int64_t values) override;
  void count(const Arrival& arrival, const Held& held) override;
  std::int64_t state_bytes() const override;
  void write_state(ByteWriter& out) const override;
  void read_state(ByteReader& reader) override;

 private:
  bool is_full(int label, const Held& held) const;

  std::vector<std::uint64_t> offered_;  // by class
  std::vector<std::uint8_t> full_;
};

void ClassBalancedReservoirSampler::start(int classes, std::int64_t) {
  offered_.assign(static_cast<std::size_t>(classes), 0);
  full_.assign(static_cast<std::size_t>(classes), 0);
}

bool ClassBalancedReservoirSampler::is_full(int label, const Held& held) const {
  return full_[static_cast<std::size_t>(label)] != 0 || held.counts.largest_with(Arrival::kNoLabel) == label;
}

bool ClassBalancedReservoirSampler::admits(const Arrival& arrival, const Held& held, Rng& rng) const {
  if (!held.is_full() || !is_full(arrival.label, held)) return true;
  const std::uint64_t offered = offered_[static_cast<std::size_t>(arrival.label)] + 1;
  return static_cast<std::int64_t>(rng.below(offered)) < held.counts.held(arrival.label);
}

std::int64_t ClassBalancedReservoirSampler::evict(const Arrival& incoming, const Held& held, Rng& rng) const {
  const bool own = incoming.label != Arrival::kNoLabel && is_full(incoming.label, held) &&
                   held.counts.held(incoming.label) > 0;
  return draw_slot_of(own ? incoming.label : held.counts.largest_with(Arrival::kNoLabel), held.labels, rng);
}

void ClassBalancedReservoirSampler::count(const Arrival& arrival, const Held& held) {
  ++offered_[static_cast<std::size_t>(arrival.label)];
  if (held.is_full() && held.labels.size > 0)
    full_[static_cast<std::size_t>(held.counts.largest_with(Arrival::kNoLabel))] = 1;
}

std::int64_t ClassBalancedReservoirSampler::state_bytes() const {
  return static_cast<std::int64_t>(offered_.size() * sizeof offered_[0] + full_.size());
}

void ClassBalancedReservoirSampler::write_state(ByteWriter& out) const {
  out.bytes(offered_.data(), offered_.size() * sizeof offered_[0]);
  out.bytes(full_.data(), full_.size());
}

void ClassBalancedReservoirSampler::read_state(ByteReader& reader) {
  for (std::uint64_t& offered : offered_) offered = reader.value<std::uint64_t>();
  for (std::uint8_t& full : full_) {
    full = reader.value<std::uint8_t>();
    if (full > 1) throw CorruptEntry("the sampler's marks of full classes are neither 0 nor 1");
  }
}

}  // namespace

SamplerInfo class_balanced_reservoir_sampler() {
  return {ClassBalancedReservoirSampler::kName, "class-balancing reservoir sampling (CBRS)",
          make_copied<ClassBalancedReservoirSampler>};
}

}  // namespace packrat
