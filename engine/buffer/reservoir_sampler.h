#pragma once
#include <vector>

#include "engine/buffer/sampler.h"

namespace packrat {

/// Reservoir sampling (Vitter, ACM TOMS 1985, algorithm R): row n of the stream, counted from 1, is stored
/// with probability min(1, N / n) and takes the place of an entry drawn uniformly, so that a buffer of N
/// slots is a uniform sample of the stream at all times. Keeps how many were offered.
class ReservoirSampler : public CopiedSampler<ReservoirSampler> {
 public:
  static constexpr const char* kName = "reservoir";

  std::string_view name() const override { return kName; }
  bool admits(const Arrival& arrival, const Held& held, Rng& rng) const override;
  std::int64_t evict(const Arrival& incoming, const Held& held, Rng& rng) const override;
  void start(int, std::int64_t) override { offered_ = 0; }
  void count(const Arrival&, const Held&) override { ++offered_; }
  std::int64_t state_bytes() const override { return 8; }
  void write_state(ByteWriter& out) const override { out.value(offered_); }
  void read_state(ByteReader& reader) override { offered_ = reader.value<std::uint64_t>(); }

 private:
  std::uint64_t offered_ = 0;
};

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

}  // namespace packrat
