#include "engine/buffer/sampler.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/buffer/sampler_list.h"

namespace packrat {

constexpr const char* kGreedyForShort = "greedy";

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
  std::vector<std::string_view> names;
  for (const SamplerInfo& row : sampler_table()) {
    if (name == row.name || (name == kGreedyForShort && &row == &sampler_table()[0])) return row.make();
    names.emplace_back(row.name);
  }
  throw UserError(fmt::format("unknown sampler '{}': choose one of {}", name, fmt::join(names, ", ")));
}

std::string short_name(const Sampler& sampler) {
  return std::string(sampler.name() == sampler_table()[0].name ? kGreedyForShort : sampler.name());
}

const std::vector<SamplerInfo>& sampler_table() {
  static const std::vector<SamplerInfo> table = listed_sampler();
  return table;
}

}  // namespace packrat
