#include "engine/studies/report/cost_tables.h"

#include <fmt/format.h>

#include "engine/studies/roofline/published_counts.h"

namespace packrat {

Table prediction_table(const std::vector<Prediction>& predictions) {
  Table table{"predictions", "Predicted inputs a second",
              "A network, a precision and a platform that go together fill it."};
  table.columns = {{"network"},
                   {"precision"},
                   {"platform"},
                   {"GOP", 4, "10^9 operations an input, two a multiply-add"},
                   {"operations/byte", 2},
                   {"TOP/s", 4, "10^12 operations a second, attainable"},
                   {"inputs/s", 2},
                   {"bound by"},
                   {"top-1 %", 2},
                   {"bytes of", 0, "weights: as the published tables count; all: weights, input and maps"}};
  for (const Prediction& p : predictions)
    table.rows.push_back({p.network, std::string(precision_name(p.precision)), p.platform, p.gop,
                          p.ops_per_byte, p.tops, p.inputs_per_second,
                          std::string(p.memory_bound ? "memory" : "arithmetic"), cell_of(p.top1),
                          std::string(p.bytes_of)});
  return table;
}

std::vector<TableCheck> all_table_checks(const std::vector<PublishedNetwork>& networks,
                                         const PlatformTable& platforms) {
  std::vector<TableCheck> checks = check_published_counts(networks);
  for (TableCheck& check : check_published_tables(networks, platforms)) checks.push_back(std::move(check));
  return checks;
}

Table check_table(const std::vector<TableCheck>& checks) {
  Table table{"published-checks", "Published tables computed again", "The published tables fill it."};
  table.columns = {{"table"}, {"quantity"}, {"cells"}, {"equal"}};
  for (const TableCheck& check : checks)
    table.rows.push_back({check.table, check.quantity, static_cast<std::int64_t>(check.cells),
                          static_cast<std::int64_t>(check.exact)});
  return table;
}

Table mismatch_table(const std::vector<TableCheck>& checks) {
  Table table{"published-mismatches", "Cells that differ from the formula", "Every cell agrees."};
  table.columns = {{"table"}, {"row"}, {"column"}, {"listed"}, {"right", 4}, {"why"}};
  for (const TableCheck& check : checks)
    for (const TableCheck::Mismatch& wrong : check.wrong)
      table.rows.push_back({check.table, wrong.row, wrong.column, wrong.listed, wrong.computed,
                            wrong.why.empty() ? TableCell() : TableCell(wrong.why)});
  return table;
}

Table achieved_table(const std::vector<Achieved>& rows) {
  Table table{"achieved", "Published measurements beside their roofline", "The published tables fill it."};
  table.columns = {
      {"network"},          {"precision"}, {"platform"}, {"measured inputs/s", 2}, {"roofline inputs/s", 2},
      {"% of roofline", 1}, {"top-1 %", 2}};
  for (const Achieved& row : rows)
    table.rows.push_back({row.predicted.network, std::string(precision_name(row.measured.precision)),
                          row.predicted.platform, row.measured.inputs_per_second,
                          row.predicted.inputs_per_second, 100 * row.fraction, cell_of(row.measured.top1)});
  return table;
}

std::vector<FrontView> front_views(const std::string& data_set, bool measured) {
  std::vector<FrontView> views;
  const auto add = [&](const std::string& names, const SpeedPoints& from, const NamedRule& rule) {
    FrontView view{fmt::format("{}{} rule", names, rule.name),
                   from.points,
                   pareto_front(from.points, rule.rule),
                   {},
                   from.unjoined};
    view.impossible = impossible_points(view.front, view.points);
    views.push_back(std::move(view));
  };
  if (measured) {
    for (const NamedRule& rule : front_rules()) add("", {measured_points(data_set), {}}, rule);
    return views;
  }
  const SpeedPoints published = theory_points(data_set, NameJoin::kPublished);
  for (const NamedRule& rule : front_rules()) add("published names, ", published, rule);
  if (!published.unjoined.empty())
    add("all names, ", theory_points(data_set, NameJoin::kRepaired), front_rules().back());
  return views;
}

Table front_table(const std::vector<FrontView>& views) {
  Table table{"fronts", "Fronts of accuracy against speed"};
  table.columns = {{"front"}, {"top-1 %", 2}, {"inputs/s", 2}, {"point"}};
  for (const FrontView& view : views)
    for (const SpeedPoint& point : view.front)
      table.rows.push_back({view.name, point.top1, point.inputs_per_second, point.name});
  return table;
}

}  // namespace packrat
