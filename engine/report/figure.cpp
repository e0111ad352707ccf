#include "engine/report/figure.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "engine/core/error.h"

namespace packrat {
namespace {

bool has_points(const Series& series) {
  return std::any_of(series.states.begin(), series.states.end(),
                     [](const std::vector<DataPoint>& points) { return !points.empty(); });
}

bool has_cells(const HeatMap& map) {
  for (const auto& row : map.values)
    if (std::any_of(row.begin(), row.end(), [](const auto& cell) { return cell.has_value(); })) return true;
  return false;
}

std::size_t switch_index(const Figure& figure, const std::string& name) {
  std::vector<std::string> known;
  for (std::size_t s = 0; s < figure.switches.size(); ++s) {
    if (figure.switches[s].name == name) return s;
    known.push_back(figure.switches[s].name);
  }
  throw UserError(known.empty() ? fmt::format("figure {} has no switches, so no '{}'", figure.name, name)
                                : fmt::format("figure {} has no switch '{}': its switches are {}",
                                              figure.name, name, fmt::join(known, ", ")));
}

std::size_t choice_index(const Switch& chosen, const std::string& word) {
  const auto found = std::find(chosen.choices.begin(), chosen.choices.end(), word);
  if (found == chosen.choices.end())
    throw UserError(fmt::format("'{}' is not a choice of the switch '{}': use {}", word, chosen.name,
                                fmt::join(chosen.choices, ", ")));
  return static_cast<std::size_t>(found - chosen.choices.begin());
}

void check_heat_map(const Figure& figure, const HeatMap& map) {
  bool fits = map.values.size() == map.rows.size();
  for (const auto& row : map.values) fits = fits && row.size() == map.columns.size();
  if (!fits)
    throw Error(fmt::format("figure {}: a heat map's values do not fit its rows and columns", figure.name));
}

}  // namespace

bool is_empty(const Figure& figure) {
  return std::none_of(figure.panels.begin(), figure.panels.end(), [](const Panel& panel) {
    return (panel.heat_map && has_cells(*panel.heat_map)) ||
           std::any_of(panel.series.begin(), panel.series.end(), has_points);
  });
}

std::size_t state_count(const Figure& figure) {
  std::size_t count = 1;
  for (const Switch& s : figure.switches) count *= s.choices.size();
  return count;
}

std::size_t state_of(const Figure& figure, const std::vector<std::size_t>& choice) {
  std::size_t state = 0;
  for (std::size_t s = 0; s < figure.switches.size(); ++s)
    state = state * figure.switches[s].choices.size() + choice.at(s);
  return state;
}

std::vector<std::size_t> parse_choices(const Figure& figure, const std::vector<std::string>& words) {
  std::vector<std::size_t> choice(figure.switches.size(), 0);
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos)
      throw UserError(fmt::format("'{}' is not a choice: write NAME=CHOICE, such as bytes=exact", word));
    const std::size_t index = switch_index(figure, word.substr(0, equals));
    choice[index] = choice_index(figure.switches[index], word.substr(equals + 1));
  }
  return choice;
}

std::string heat_text(double value, int digits) {
  struct Unit {
    double from, size;
    const char* letter;
  };
  constexpr Unit kUnits[] = {{0.9995e9, 1e9, "G"}, {0.9995e6, 1e6, "M"}, {0.9995e4, 1e3, "k"}, {0, 1, ""}};
  const Unit& unit = *std::find_if(std::begin(kUnits), std::end(kUnits),
                                   [&](const Unit& u) { return !(std::abs(value) < u.from); });
  const double scaled = value / unit.size;
  // "g" would turn to an exponent where the digits end before the point.
  const bool whole = std::abs(scaled) >= 0.9995 * std::pow(10.0, digits);
  return whole ? fmt::format("{:.0f}{}", scaled, unit.letter)
               : fmt::format("{:.{}g}{}", scaled, digits, unit.letter);
}

const std::vector<DataPoint>& points_of(const Series& series, std::size_t state) {
  return series.states.size() == 1 ? series.states[0] : series.states.at(state);
}

std::string title_text(const Figure& figure, const std::string& title,
                       const std::vector<std::size_t>& choice) {
  std::string text = title;
  for (std::size_t s = 0; s < figure.switches.size(); ++s) {
    const std::string place = "{" + figure.switches[s].name + "}";
    for (std::size_t at = text.find(place); at != std::string::npos; at = text.find(place))
      text.replace(at, place.size(), figure.switches[s].choices.at(choice.at(s)));
  }
  return text;
}

Figure in_state(const Figure& figure, const std::vector<std::size_t>& choice) {
  Figure chosen = figure;
  const std::size_t state = state_of(figure, choice);
  for (Panel& panel : chosen.panels) {
    panel.x.title = title_text(figure, panel.x.title, choice);
    panel.y.title = title_text(figure, panel.y.title, choice);
    for (Series& series : panel.series) series.states = {std::vector<DataPoint>(points_of(series, state))};
  }
  chosen.switches.clear();
  return chosen;
}

void check_figure(const Figure& figure) {
  if (figure.columns < 1) throw Error(fmt::format("figure {}: panels need at least one column", figure.name));
  std::set<std::string> names;
  for (const Switch& s : figure.switches)
    if (s.choices.empty() || !names.insert(s.name).second)
      throw Error(
          fmt::format("figure {}: the switch {} is there twice, or has no choices", figure.name, s.name));
  for (const Panel& panel : figure.panels) {
    if (panel.heat_map) check_heat_map(figure, *panel.heat_map);
    for (const Series& series : panel.series)
      if (series.states.size() != 1 && series.states.size() != state_count(figure))
        throw Error(fmt::format("figure {}: series {} has {} lists of points for {} states", figure.name,
                                series.name, series.states.size(), state_count(figure)));
  }
}

}  // namespace packrat
