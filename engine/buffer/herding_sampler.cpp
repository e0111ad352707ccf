#include <cmath>
#include <vector>

#include "compressors/codec.h"
#include "engine/buffer/entry_storage.h"
#include "engine/buffer/sampler.h"

namespace packrat {
namespace {

/// Which of `rows` to leave out so that the mean of the others is nearest to `mean`; the first of several.
std::int64_t worst_row(ConstRows rows, const std::vector<double>& mean) {
  std::vector<double> sum(mean.size(), 0.0);
  for (std::int64_t i = 0; i < rows.count; ++i)
    for (std::size_t v = 0; v < sum.size(); ++v) sum[v] += static_cast<double>(rows.row(i)[v]);
  std::int64_t worst = 0;
  double least = INFINITY;
  for (std::int64_t i = 0; i < rows.count; ++i) {
    double distance = 0;
    for (std::size_t v = 0; v < sum.size(); ++v) {
      const double off =
          (sum[v] - static_cast<double>(rows.row(i)[v])) / static_cast<double>(rows.count - 1) - mean[v];
      distance += off * off;
    }
    if (distance < least) {
      least = distance;
      worst = i;
    }
  }
  return worst;
}

/// Herding (Welling, ICML 2009; as iCaRL uses it, Rebuffi et al., CVPR 2017) on a stream, class-balanced:
/// those stay whose mean is nearest to the mean of all rows of their class. Every entry is a candidate; a
/// full buffer considers its largest class, the incoming entry counted, and drops the one without which the
/// mean of the others, as they decode, is nearest to the class's. Keeps a count and a float32 mean of every
/// class. An arrival decodes the entries of one class.
class HerdingSampler : public CopiedSampler<HerdingSampler> {
 public:
  static constexpr const char* kName = "herding";

  std::string_view name() const override { return kName; }
  bool admits(const Arrival&, const Held&, Rng&) const override { return true; }
  std::int64_t evict(const Arrival& incoming, const Held& held, Rng& rng) const override;
  bool decides_by_labels() const override { return false; }
  void start(int classes, std::int64_t values) override;
  void count(const Arrival& arrival, const Held& held) override;
  std::int64_t state_bytes() const override;
  void write_state(ByteWriter& out) const override;
  void read_state(ByteReader& reader) override;

 private:
  const float* mean(int label) const { return means_.data() + label * values_; }

  std::int64_t values_ = 0;
  std::vector<std::uint64_t> offered_;  // by class
  std::vector<float> means_;            // [classes, values]
};

std::int64_t HerdingSampler::evict(const Arrival& incoming, const Held& held, Rng&) const {
  const int largest = held.counts.largest_with(incoming.label);
  const bool own = largest == incoming.label;
  std::vector<std::int64_t> slots;
  for (std::int64_t slot = 0; slot < held.labels.size; ++slot)
    if (held.labels[slot] == largest) slots.push_back(slot);
  if (slots.empty()) return kIncoming;
  const auto count = static_cast<std::int64_t>(slots.size());
  std::vector<float> rows(static_cast<std::size_t>(count * values_));
  held.storage->decode(*held.codec, slots, {rows.data(), count, values_});
  std::vector<double> target(mean(largest), mean(largest) + values_);
  if (own) {  // its mean once the incoming row is counted
    rows.insert(rows.end(), incoming.row, incoming.row + values_);
    const auto offered = static_cast<double>(offered_[static_cast<std::size_t>(largest)]);
    for (std::size_t v = 0; v < target.size(); ++v)
      target[v] += (static_cast<double>(incoming.row[v]) - target[v]) / (offered + 1);
  }
  const std::int64_t candidates = count + (own ? 1 : 0);
  if (candidates == 1) return slots.front();
  const std::int64_t worst = worst_row({rows.data(), candidates, values_}, target);
  return worst == count ? kIncoming : slots[static_cast<std::size_t>(worst)];
}

void HerdingSampler::start(int classes, std::int64_t values) {
  values_ = values;
  offered_.assign(static_cast<std::size_t>(classes), 0);
  means_.assign(static_cast<std::size_t>(classes * values), 0.0f);
}

void HerdingSampler::count(const Arrival& arrival, const Held&) {
  const auto offered = static_cast<double>(++offered_[static_cast<std::size_t>(arrival.label)]);
  float* const mean = means_.data() + arrival.label * values_;
  for (std::int64_t v = 0; v < values_; ++v)
    mean[v] +=
        static_cast<float>((static_cast<double>(arrival.row[v]) - static_cast<double>(mean[v])) / offered);
}

std::int64_t HerdingSampler::state_bytes() const {
  return static_cast<std::int64_t>(offered_.size() * sizeof offered_[0] + means_.size() * sizeof means_[0]);
}

void HerdingSampler::write_state(ByteWriter& out) const {
  out.bytes(offered_.data(), offered_.size() * sizeof offered_[0]);
  out.bytes(means_.data(), means_.size() * sizeof means_[0]);
}

void HerdingSampler::read_state(ByteReader& reader) {
  for (std::uint64_t& offered : offered_) offered = reader.value<std::uint64_t>();
  for (float& value : means_) {
    value = reader.value<float>();
    if (!std::isfinite(value)) throw CorruptEntry("the sampler's mean of a class is not finite");
  }
}

}  // namespace

SamplerInfo herding_sampler() {
  return {HerdingSampler::kName, "class-balanced: those stay whose mean is nearest to their class's",
          make_copied<HerdingSampler>};
}

}  // namespace packrat
