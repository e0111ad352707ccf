#include "engine/report/looks.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

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

}  // namespace

void tell_apart(Figure& figure) {
  std::set<Look> taken;
  std::map<std::string, int> added;  // by name, to its variants
  for (const Panel& panel : figure.panels)
    for (const Series& series : panel.series) {
      if (series.mark == Mark::kBand || added.count(series.name) > 0) continue;
      int more = 0;
      const int all = static_cast<int>(kMarkStyles.size());
      while (more < all && taken.count(look_of_series(series, series.variant + more)) > 0) ++more;
      added[series.name] = more % all;
      taken.insert(look_of_series(series, series.variant + more));
    }
  for (Panel& panel : figure.panels)
    for (Series& series : panel.series)
      if (series.mark != Mark::kBand) series.variant += added[series.name];
}

}  // namespace packrat
