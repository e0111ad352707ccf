#include "engine/plan/halving.h"

#include <algorithm>
#include <numeric>

namespace packrat {
namespace {

constexpr std::size_t kKeptPart = 3;  // one of so many continues

}  // namespace

std::vector<Trial> successive_halving(const std::vector<std::size_t>& levels, double out_of_reach,
                                      const TryFn& try_candidate, const std::function<bool()>& time_left) {
  std::vector<std::size_t> contestants(levels.size());
  std::iota(contestants.begin(), contestants.end(), std::size_t{0});
  std::stable_partition(contestants.begin(), contestants.end(),
                        [&](std::size_t c) { return levels[c] == 1; });
  std::vector<Trial> trials;
  double best_whole = 0;
  for (std::size_t level = 0; !contestants.empty(); ++level) {
    std::vector<Trial> unfinished;
    for (const std::size_t candidate : contestants) {
      if (!time_left()) return trials;
      trials.push_back({candidate, level, try_candidate(candidate, level)});
      if (levels[candidate] > level + 1)
        unfinished.push_back(trials.back());
      else
        best_whole = std::max(best_whole, trials.back().result.accuracy);
    }
    const auto hopeless = [&](const Trial& t) { return t.result.accuracy < best_whole - out_of_reach; };
    unfinished.erase(std::remove_if(unfinished.begin(), unfinished.end(), hopeless), unfinished.end());
    std::stable_sort(unfinished.begin(), unfinished.end(),
                     [](const Trial& a, const Trial& b) { return a.result.accuracy > b.result.accuracy; });
    contestants.clear();
    for (std::size_t i = 0; i < (unfinished.size() + kKeptPart - 1) / kKeptPart; ++i)
      contestants.push_back(unfinished[i].candidate);
  }
  return trials;
}

}  // namespace packrat
