#include "bench/report/names.h"
#include "bench/report/page.h"

namespace packrat::bench {
namespace {

/// A line over the widths; none when the machine lacks the tier.
template <class RowName>
void add_line(const Rates& rates, Panel& panel, const std::string& name, const std::string& key, int variant,
              const RowName& row_name) {
  std::vector<DataPoint> points;
  for (int width = 1; width <= kWidths; ++width)
    if (const auto rate = rates.at(row_name(width))) points.push_back({static_cast<double>(width), *rate});
  if (points.empty()) return;
  Series series;
  series.name = name;
  series.key = key;
  series.variant = variant;
  series.states = {points};
  panel.series.push_back(series);
}

void add_roof(const Rates& rates, Panel& panel, const std::string& label, const std::string& key,
              const std::vector<std::string>& rows) {
  if (const auto rate = rates.best_of(rows)) panel.lines.push_back({*rate, label, key});
}

Panel panel_titled(const std::string& title) {
  Panel panel;
  panel.title = title;
  panel.x = {"bits of a code", false, 0.5, 8.5};
  panel.y = {"Gvalues/s", false, 0.0};
  return panel;
}

Panel cache_panel(const Rates& rates) {
  Panel panel = panel_titled("an entry of 1024 values, in L1");
  for (const std::string& tier : tier_names()) {
    add_line(rates, panel, tier + ", one pass", tier, 0, [&](int w) { return l1_row("decode", tier, w); });
    add_line(rates, panel, tier + ", two passes", tier, 1,
             [&](int w) { return l1_row("two_pass_lookup", tier, w); });
  }
  add_roof(rates, panel, "storing floats", "front", l1_roof());
  return panel;
}

Panel memory_panel(const Rates& rates) {
  Panel panel = panel_titled("128 MiB of floats, from random entries");
  for (const std::string& tier : tier_names()) {
    add_line(rates, panel, tier + ", streaming", tier, 2,
             [&](int w) { return memory_row("gather_streaming", tier, w); });
    add_line(rates, panel, tier + ", cached stores", tier, 3,
             [&](int w) { return memory_row("gather_cached", tier, w); });
  }
  add_roof(rates, panel, "streaming floats", "front", all_tiers("memory/stream", ""));
  add_roof(rates, panel, "memcpy of floats", "none", copy_rows());
  return panel;
}

}  // namespace

Figure kernels_figure(const Rates& rates) {
  Figure figure;
  figure.name = "kernels";
  figure.title = "Packed codes to float32";
  figure.needs = "`tools/bench_report` measures them.";
  figure.panels = {cache_panel(rates), memory_panel(rates)};
  figure.columns = 2;
  return figure;
}

}  // namespace packrat::bench
