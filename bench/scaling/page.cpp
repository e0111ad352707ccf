#include "bench/scaling/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "engine/report/table.h"
#include "engine/studies/regression/least_squares.h"

namespace packrat::bench {
namespace {

constexpr std::size_t kFitted = 3;  // points, the largest

std::optional<double> value_of(const Costs& costs, const std::string& part, double Cost::*what) {
  for (const Cost& cost : costs.costs)
    if (cost.part == part) return cost.*what;
  return std::nullopt;
}

/// Points of a part over an axis: x, and seconds or MiB.
Points points_of_part(const Growth& growth, const std::string& part, double Cost::*what) {
  Points points;
  for (std::size_t i = 0; i < growth.costs.size(); ++i)
    if (const auto value = value_of(growth.costs[i], part, what)) {
      points.x.push_back(growth.x[i]);
      points.y.push_back(*value);
    }
  return points;
}

/// The power of x that the largest points follow.
std::optional<double> exponent(const Points& points) {
  if (points.size() < kFitted) return std::nullopt;
  Points logs;
  for (std::size_t i = points.size() - kFitted; i < points.size(); ++i) {
    if (points.y[i] <= 0) return std::nullopt;
    logs.x.push_back(std::log(points.x[i]));
    logs.y.push_back(std::log(points.y[i]));
  }
  return fit_line(logs).slope;
}

std::string exponents_text(const std::vector<Growth>& axes) {
  Table table;
  table.columns = {{"what grows"}};
  for (const std::string& part : work_parts()) table.columns.push_back({part + ", time", 2});
  for (const std::string& part : work_parts()) table.columns.push_back({part + ", memory", 2});
  for (const Growth& growth : axes) {
    std::vector<TableCell> row{growth.name};
    for (double Cost::*const what : {&Cost::seconds, &Cost::peak_mib})
      for (const std::string& part : work_parts()) {
        const Points points = points_of_part(growth, part, what);
        // Pages that were there before, not the work's own.
        const bool too_little = what == &Cost::peak_mib && (points.y.empty() || points.y.back() < 8);
        row.push_back(cell_of(too_little ? std::nullopt : exponent(points)));
      }
    table.rows.push_back(row);
  }
  return markdown_text(table) + "\n";
}

std::string costs_text(const Growth& growth) {
  Table table;
  table.columns = {{growth.name}};
  for (const std::string& part : work_parts()) table.columns.push_back({part + ", s", 4});
  for (const std::string& part : work_parts()) table.columns.push_back({part + ", MiB", 1});
  table.columns.push_back({"buffer, MiB", 2});
  for (std::size_t i = 0; i < growth.costs.size(); ++i) {
    std::vector<TableCell> row{static_cast<std::int64_t>(growth.x[i])};
    for (double Cost::*const what : {&Cost::seconds, &Cost::peak_mib})
      for (const std::string& part : work_parts())
        row.push_back(cell_of(value_of(growth.costs[i], part, what)));
    row.push_back(growth.costs[i].buffer_mib);
    table.rows.push_back(row);
  }
  return fmt::format("### {}\n\n{}\n", growth.name, markdown_text(table));
}

std::string samplers_text(const std::vector<Growth>& samplers) {
  Table table;
  table.columns = {{"filling, s"}};
  const auto longest =
      std::max_element(samplers.begin(), samplers.end(),
                       [](const Growth& a, const Growth& b) { return a.x.size() < b.x.size(); });
  for (const double slots : longest->x) table.columns.push_back({fmt::format("{:.0f} slots", slots), 4});
  table.columns.push_back({"exponent", 2});
  for (const Growth& growth : samplers) {
    const Points points = points_of_part(growth, work_parts().front(), &Cost::seconds);
    std::vector<TableCell> row{fmt::format("`{}`", growth.name)};
    row.insert(row.end(), points.y.begin(), points.y.end());
    row.resize(longest->x.size() + 1);
    row.push_back(cell_of(exponent(points)));
    table.rows.push_back(row);
  }
  return markdown_text(table) + "\n";
}

Panel panel_of(const Growth& growth, const std::string& unit, double Cost::*what) {
  Panel panel;
  panel.title = growth.name;
  panel.x = {growth.name, true};
  panel.y = {unit, true};
  for (const std::string& part : work_parts()) {
    const Points points = points_of_part(growth, part, what);
    Series series;
    series.name = series.key = part;
    series.variant = static_cast<int>(panel.series.size());
    series.states.emplace_back();
    for (std::size_t i = 0; i < points.size(); ++i)
      if (points.y[i] > 0) series.states[0].push_back({points.x[i], points.y[i]});
    if (!series.states[0].empty()) panel.series.push_back(series);
  }
  return panel;
}

}  // namespace

Figure scaling_figure(const std::vector<Growth>& axes) {
  Figure figure;
  figure.name = "scaling";
  figure.title = "Cost as the work grows";
  figure.needs = "`tools/scaling` measures it.";
  for (const Growth& growth : axes) {
    figure.panels.push_back(panel_of(growth, "seconds", &Cost::seconds));
    figure.panels.push_back(panel_of(growth, "MiB at the highest", &Cost::peak_mib));
  }
  figure.columns = 2;
  return figure;
}

std::string scaling_page(const std::vector<Growth>& axes, const std::vector<Growth>& samplers,
                         const std::string& cpu, const std::string& picture) {
  std::string costs;
  for (const Growth& growth : axes) costs += costs_text(growth);
  return fmt::format(
      "# Cost as the work grows\n\n"
      "{}, one thread. Made-up features; twice as many rows as slots arrive, task by task, so that half of "
      "them "
      "are turned down or\n"
      "make others go. Where nothing else is said: 10 000 slots, 256 values, 1000 classes in 10 tasks, "
      "`quantize:states=4,range=local`,\n"
      "greedy sampler; entries of differing size: `thin:factor=0.9,index=delta`. Written by\n\n"
      "    tools/scaling\n\n"
      "![Seconds and memory against what grows]({})\n\n"
      "- *ingest*: the stream is made, rows are gathered, chosen, encoded and stored; *decode*: every entry, "
      "in "
      "minibatches of 128, in random\n"
      "  order; *train*: a linear head made and trained for one pass, batches of 128; *save* and *load*: the "
      "buffer's file, synced and checked.\n"
      "- Seconds are of processor time, the best of up to five runs: what else the machine does counts "
      "little. MiB is how far the process grew\n"
      "  beyond what it held before, at its highest.\n"
      "- Every answer is checked: the buffer is full, the loss finite, and a loaded buffer decodes to the "
      "same "
      "values.\n\n"
      "## Exponents\n\nThe power of what grows that the three largest points follow: 1 is in proportion. No "
      "exponent of a memory below 8 MiB.\n\n{}"
      "## Samplers\n\nFilling alone, with 64 values and 10 classes. What would take longer than half a "
      "minute is "
      "left out.\n\n{}"
      "## What is not in proportion\n\n"
      "- **Training with more than 16 384 values.** The tensors of a batch of 128 are then larger than 32 "
      "MiB, "
      "which the C library maps anew for\n"
      "  every step. With `MALLOC_MMAP_THRESHOLD_=2000000000 MALLOC_TRIM_THRESHOLD_=8000000000` in the "
      "environment "
      "it keeps them: 65 536 values\n"
      "  took 6.5 s in place of 10.6 s, less than four times as long as 16 384. The price is memory that is "
      "not given back.\n"
      "- **Herding** keeps nothing but its classes' means, so it decodes the entries of the largest class "
      "for "
      "each one that goes: the square of\n"
      "  the slots. It is for buffers of up to some 10 000 slots.\n"
      "- **Decoding and loading** begin with everything in the caches: 10 000 slots are 0.7 MiB, a million "
      "are 70, read in random order. That is\n"
      "  the reason for exponents between 1.1 and 1.4; from memory on they grow in proportion.\n"
      "- **The ring** notes four bytes an entry and looks through them once for a chunk of 2048 rows, where "
      "it looked for each row: 100 000 slots\n"
      "  were filled in 20.5 s, a hundred times as long. What is left of the square is seen at a million. "
      "Rows that are added one at a time\n"
      "  still pay for a look each.\n"
      "- Rows of many values were taken in by 2048 at a time, out of the caches: 65 536 values took 8.9 s, "
      "and "
      "now as long as their number says.\n\n"
      "## Seconds and memory\n\n{}",
      cpu, picture, exponents_text(axes), samplers_text(samplers), costs);
}

}  // namespace packrat::bench
