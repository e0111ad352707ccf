#include "engine/buffer/sampler.h"

#include <fmt/format.h>

#include "engine/buffer/greedy_sampler.h"
#include "engine/buffer/herding_sampler.h"
#include "engine/buffer/keep_all_sampler.h"
#include "engine/buffer/reservoir_sampler.h"
#include "engine/buffer/ring_sampler.h"

namespace packrat {
namespace {

struct Row {
  const char* name;
  const char* summary;
  std::unique_ptr<Sampler> (*make)();
  bool for_runs = true;
};

template <typename T>
std::unique_ptr<Sampler> make() {
  return std::make_unique<T>();
}

constexpr const char* kGreedyForShort = "greedy";

constexpr Row kTable[] = {
    {GreedySampler::kName, "greedy and class-balanced (GDumb): a full buffer evicts from its largest class",
     make<GreedySampler>},
    {ReservoirSampler::kName, "a uniform sample of the stream (Vitter's algorithm R)",
     make<ReservoirSampler>},
    {ClassBalancedReservoirSampler::kName, "class-balancing reservoir sampling (CBRS)",
     make<ClassBalancedReservoirSampler>},
    {RingSampler::kName, "class-balanced, first in, first out: the oldest of the largest class go",
     make<RingSampler>},
    {HerdingSampler::kName, "class-balanced: those stay whose mean is nearest to their class's",
     make<HerdingSampler>},
    {KeepAllSampler::kName, "keeps every entry; an error when the buffer is full", make<KeepAllSampler>,
     false},
    {ExternalSampler::kName, "libpackrat: the caller names the slots that are replaced",
     make<ExternalSampler>, false},
};

}  // namespace

Decision Sampler::offer(const Arrival& arrival, const Held& held, Rng& rng) const {
  if (!admits(arrival, held, rng)) return {Decision::Action::kSkip, arrival.label, 0};
  if (!held.is_full()) return {Decision::Action::kAppend, arrival.label, 0};
  const std::int64_t victim = evict(arrival, held, rng);
  if (victim == kIncoming) return {Decision::Action::kSkip, arrival.label, 0};
  return {Decision::Action::kReplace, arrival.label, victim};
}

void Sampler::start(int, std::int64_t) {}
void Sampler::count(const Arrival&, const Held&) {}
void Sampler::write_note(std::uint8_t*) {}
void Sampler::write_state(ByteWriter&) const {}
void Sampler::read_state(ByteReader&) {}

std::int64_t draw_slot_of(int label, const LabelView& labels, Rng& rng) {
  for (;;) {
    const auto slot = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(labels.size)));
    if (labels[slot] == label) return slot;
  }
}

std::unique_ptr<Sampler> make_sampler(std::string_view name) {
  std::string names;
  for (const Row& row : kTable) {
    if (name == row.name || (name == kGreedyForShort && row.name == kTable[0].name)) return row.make();
    names += fmt::format("{}{}", names.empty() ? "" : ", ", row.name);
  }
  throw UserError(fmt::format("unknown sampler '{}': choose one of {}", name, names));
}

std::string short_name(const Sampler& sampler) {
  return std::string(sampler.name() == GreedySampler::kName ? kGreedyForShort : sampler.name());
}

std::vector<SamplerInfo> sampler_table() {
  std::vector<SamplerInfo> table;
  for (const Row& row : kTable) table.push_back({row.name, row.summary, row.for_runs});
  return table;
}

}  // namespace packrat
