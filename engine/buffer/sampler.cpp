#include "engine/buffer/sampler.h"

#include <fmt/format.h>

#include "engine/buffer/greedy_sampler.h"
#include "engine/buffer/keep_all_sampler.h"

namespace packrat {
namespace {

struct Row {
  const char* name;
  const char* summary;
  std::unique_ptr<const Sampler> (*make)();
};

template <typename T>
std::unique_ptr<const Sampler> make() {
  return std::make_unique<T>();
}

constexpr Row kTable[] = {
    {GreedySampler::kName, "greedy and class-balanced (GDumb): a full buffer evicts from its largest class",
     make<GreedySampler>},
    {KeepAllSampler::kName, "keeps every entry; an error when the buffer is full", make<KeepAllSampler>},
};

}  // namespace

Decision Sampler::offer(int label, std::int64_t capacity, const ClassCounts& counts, const LabelView& labels,
                        Rng& rng) const {
  if (!admits(label, capacity, counts)) return {Decision::Action::kSkip, label, 0};
  if (labels.size < capacity) return {Decision::Action::kAppend, label, 0};
  const std::int64_t victim = evict(label, capacity, counts, labels, rng);
  if (victim == kIncoming) return {Decision::Action::kSkip, label, 0};
  return {Decision::Action::kReplace, label, victim};
}

std::unique_ptr<const Sampler> make_sampler(std::string_view name) {
  std::string names;
  for (const Row& row : kTable) {
    if (name == row.name) return row.make();
    names += fmt::format("{}{}", names.empty() ? "" : ", ", row.name);
  }
  throw UserError(fmt::format("unknown sampler '{}': choose one of {}", name, names));
}

std::vector<SamplerInfo> sampler_table() {
  std::vector<SamplerInfo> table;
  for (const Row& row : kTable) table.push_back({row.name, row.summary});
  return table;
}

}  // namespace packrat
