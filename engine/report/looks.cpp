#include "engine/report/looks.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/report/marks.h"
#include "engine/report/palette.h"

namespace packrat {
namespace {

using Look = std::tuple<std::string, int, int>;  // colour, marker and dash; -1: none

Look look_of_series(const Series& series, int variant) {
  const MarkStyle& style = mark_style(variant);
  const bool points = series.mark == Mark::kPoints || series.mark == Mark::kLinePoints,
             line = series.mark != Mark::kPoints && series.mark != Mark::kBand;
  return {colour_of(series.key), points ? style.gnuplot_point : -1, line ? style.gnuplot_dash : -1};
}

/// The first series of every name, shorter names first: "thinning 0.5" keeps its look, "thinning 0.5
/// (imported)" does not.
std::vector<const Series*> first_of_names(const Figure& figure) {
  std::vector<const Series*> firsts;
  std::set<std::string> names;
  for (const Panel& panel : figure.panels)
    for (const Series& series : panel.series)
      if (series.mark != Mark::kBand && names.insert(series.name).second) firsts.push_back(&series);
  std::stable_sort(firsts.begin(), firsts.end(),
                   [](const Series* a, const Series* b) { return a->name.size() < b->name.size(); });
  return firsts;
}

/// How many variants further a look is free; 0 when all are taken.
int steps_to_free(const Series& series, const std::set<Look>& taken) {
  const int all = static_cast<int>(kMarkStyles.size());
  for (int more = 0; more < all; ++more)
    if (taken.count(look_of_series(series, series.variant + more)) == 0) return more;
  return 0;
}

}  // namespace

void tell_apart(Figure& figure) {
  std::set<Look> taken;
  std::map<std::pair<std::string, Mark>, int> steps;
  for (const Series* series : first_of_names(figure)) {
    const int more = steps_to_free(*series, taken);
    taken.insert(look_of_series(*series, series->variant + more));
    steps[{series->name, series->mark}] = more;
  }
  for (Panel& panel : figure.panels)
    for (Series& series : panel.series)
      if (const auto at = steps.find({series.name, series.mark}); at != steps.end())
        series.variant += at->second;
}

}  // namespace packrat
