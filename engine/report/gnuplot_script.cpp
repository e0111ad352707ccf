#include "engine/report/gnuplot_script.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/core/error.h"
#include "engine/report/marks.h"
#include "engine/report/palette.h"
#include "engine/report/panel_grid.h"
#include "engine/report/text_width.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

// What makes texts of kTextPoints, lines and markers as large in every format: gnuplot's terminals differ.
constexpr double kPngDpi = 300;

std::string terminal(const fs::path& out, const PaperLayout& layout) {
  const std::string kind = out.extension().string();
  const double w = layout.width_cm, h = layout.height_cm;
  const auto pixels = [](double cm, double dpi) { return std::lround(cm / 2.54 * dpi); };
  if (kind == ".pdf")
    return fmt::format(
        "pdfcairo enhanced color size {:.3f}cm,{:.3f}cm font 'Sans,{}' fontscale 0.75 linewidth 1", w, h,
        kTextPoints);
  if (kind == ".svg")
    return fmt::format(
        "svg enhanced size {},{} font 'Helvetica,Arial,sans-serif,{}' fontscale 1.333 linewidth 1 background "
        "'#ffffff'",
        pixels(w, 96), pixels(h, 96), kTextPoints);
  if (kind == ".png")
    return fmt::format(
        "pngcairo enhanced color size {},{} font 'Sans,{}' fontscale {:g} linewidth 3 pointscale 3",
        pixels(w, kPngDpi), pixels(h, kPngDpi), kTextPoints, kPngDpi / 96);
  throw UserError(fmt::format("'{}' is no picture that can be written: end the name with .pdf, .svg or .png",
                              out.string()));
}

/// "0.01", "2·10^{5}" of a power of ten times 1, 2 or 5.
std::string tick_text(double at) {
  const int power = static_cast<int>(std::floor(std::log10(at) + 1e-9));
  if (std::abs(power) <= 3) return fmt::format("{:g}", at);
  const double first = at / std::pow(10.0, power);
  return first < 1.5 ? fmt::format("10^{{{}}}", power) : fmt::format("{:g}·10^{{{}}}", first, power);
}

/// Writes the script panel by panel; data blocks are numbered throughout.
class ScriptWriter {
 public:
  ScriptWriter(const Figure& figure, const PaperLayout& layout) : figure_(figure), layout_(layout) {}

  std::string text(const fs::path& out) {
    add("set encoding utf8\nset terminal {}\nset output {}\n", terminal(out, layout_),
        gnuplot_quoted(out.string()));
    add("set multiplot\nset tics nomirror out scale 0.5,0.25\nset border lw 0.6 lc rgb '#444444'\n");
    add("set palette defined (");
    for (std::size_t s = 0; s < kHeatStops.size(); ++s) add("{}{} '{}'", s > 0 ? ", " : "", s, kHeatStops[s]);
    add(")\n");
    for (std::size_t at = 0; at < figure_.panels.size(); ++at) panel(at);
    if (!layout_.legend.empty()) legend();
    add("unset multiplot\nset output\n");
    return text_;
  }

 private:
  template <typename... Values>
  void add(fmt::format_string<Values...> format, Values&&... values) {
    text_ += fmt::format(format, std::forward<Values>(values)...);
  }

  void place(const ScreenBox& box) {
    add("set lmargin at screen {:.4f}\nset rmargin at screen {:.4f}\nset bmargin at screen {:.4f}\nset "
        "tmargin at screen {:.4f}\n",
        box.left, box.right, box.bottom, box.top);
  }

  void panel(std::size_t at) {
    const Panel& p = figure_.panels[at];
    const PaperPanel& paper = layout_.panels[at];
    add("\n# panel {}\nunset key\nunset arrow\nunset object\nunset label\nunset logscale\n", at + 1);
    place(paper.box);
    add("set title {} noenhanced offset 0,-0.7\n", gnuplot_quoted(paper.title));
    if (at == 0 && !layout_.x_title.empty()) shared_x_title();
    if (p.heat_map) return heat_map(p, paper);
    axis("x", p.x, paper.x_title, paper.x_ticks, axis_range(figure_, at, false, 0), paper.most_x_ticks);
    axis("y", p.y, paper.y_title, paper.y_ticks, axis_range(figure_, at, true, 0), kMostYTicks);
    add("set grid xtics ytics lc rgb '#e4e4e4' lw 0.5 lt 1\n");
    references(p);
    std::vector<std::string> plots;
    for (const Series& series : p.series)
      if (!points_of(series, 0).empty() && series.mark == Mark::kBand) plot(p, series, plots);
    for (const Series& series : p.series)
      if (!points_of(series, 0).empty() && series.mark != Mark::kBand) plot(p, series, plots);
    add("plot {}\n", plots.empty() ? "NaN notitle" : fmt::format("{}", fmt::join(plots, ", \\\n     ")));
  }

  /// In the middle below the first row's panels.
  void shared_x_title() {
    const std::size_t beside = std::min(layout_.panels.size(), static_cast<std::size_t>(figure_.columns));
    add("set label 1 {} at screen {:.4f}, screen {:.4f} center noenhanced\n", gnuplot_quoted(layout_.x_title),
        (layout_.panels[0].box.left + layout_.panels[beside - 1].box.right) / 2, layout_.x_title_at);
  }

  void axis(const char* name, const Axis& a, const std::string& title, bool texts, const Interval& shown,
            int most) {
    const bool y = *name == 'y';
    if (a.log) add("set logscale {}\n", name);
    add("set {}range [{:g}:{:g}]\n", name, shown.low, shown.high);
    // gnuplot puts the first of several lines where one line stands, and the others towards the ticks.
    const auto more_lines = std::count(title.begin(), title.end(), '\n');
    add("set {}label {} noenhanced offset {}\n", name, gnuplot_quoted(title),
        y ? fmt::format("{:g},0", 0.3 - 1.6 * static_cast<double>(more_lines)) : "0,0.5");
    const double step = a.step.value_or(a.log ? 1 : linear_tick_step(shown.low, shown.high, most));
    add("set {}tics {:g} offset {}\nunset m{}tics\n", name, step, y ? "0.6,0" : "0,0.4", name);
    if (a.log) add("set {}tics {}\n", name, gnuplot_log_ticks(shown.low, shown.high, texts ? most : 0));
    add("set format {} {}\n", name, texts ? "'%g'" : "''");
  }

  void references(const Panel& p) {
    for (const ReferenceBand& band : p.bands)
      add("set object rectangle from {0} to {1} behind fillstyle solid noborder fillcolor rgb '{2}'\n",
          band.vertical ? fmt::format("first {:g}, graph 0", band.low)
                        : fmt::format("graph 0, first {:g}", band.low),
          band.vertical ? fmt::format("first {:g}, graph 1", band.high)
                        : fmt::format("graph 1, first {:g}", band.high),
          tint(colour_of(band.key), 0.8));
    for (const ReferenceLine& line : p.lines)
      add("set arrow from {} to {} nohead back lw 1 dt 2 lc rgb '{}'\n",
          line.vertical ? fmt::format("first {:g}, graph 0", line.at)
                        : fmt::format("graph 0, first {:g}", line.at),
          line.vertical ? fmt::format("first {:g}, graph 1", line.at)
                        : fmt::format("graph 1, first {:g}", line.at),
          colour_of(line.key));
  }

  /// A data block of x, y, low, high, and the plot commands that show it.
  void plot(const Panel& p, const Series& series, std::vector<std::string>& plots) {
    bool bars = false;
    const std::string block = fmt::format("$d{}", blocks_++);
    add("{} << EOD\n", block);
    for (const DataPoint& point : points_of(series, 0)) {
      if (!is_shown(p.x, point.x) || !is_shown(p.y, point.y)) continue;
      bars = bars || point.low || point.high;
      add("{} {} {} {}\n", point.x, point.y, point.low.value_or(point.y), point.high.value_or(point.y));
    }
    add("EOD\n");
    const std::string colour = colour_of(series.key);
    const MarkStyle& mark = mark_style(series.variant);
    const std::string line = fmt::format("lw 1.2 dt {} lc rgb '{}'", mark.gnuplot_dash, colour);
    const std::string point = fmt::format("pt {} ps 0.45 lw 0.8 lc rgb '{}'", mark.gnuplot_point, colour);
    if (series.mark == Mark::kBand) {
      plots.push_back(
          fmt::format("{} using 1:3:4 with filledcurves fillstyle solid noborder fc rgb '{}' notitle", block,
                      tint(colour, 0.72)));
      return;
    }
    if (series.mark == Mark::kSteps)
      plots.push_back(fmt::format("{} using 1:2 with steps lw 2 dt {} lc rgb '{}' notitle", block,
                                  mark.gnuplot_dash, colour));
    if (series.mark == Mark::kLine || series.mark == Mark::kLinePoints)
      plots.push_back(fmt::format("{} using 1:2 with lines {} notitle", block, line));
    if (bars)
      // not "with yerrorbars", which clears a box around each point
      plots.push_back(fmt::format("{} using 1:3:(0):($4-$3) with vectors nohead lw 0.9 lc rgb '{}' notitle",
                                  block, colour));
    if (series.mark == Mark::kPoints || series.mark == Mark::kLinePoints)
      plots.push_back(fmt::format("{} using 1:2 with points {} notitle", block, point));
  }

  void heat_map(const Panel& p, const PaperPanel& paper) {
    const HeatMap& map = *p.heat_map;
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const auto& row : map.values)
      for (const auto& value : row)
        if (is_shown(map, value)) low = std::min(low, *value), high = std::max(high, *value);
    if (low > high) low = map.log ? 1 : 0, high = 10;
    if (low == high) high = map.log ? low * 10 : low + 1;
    const std::string block = fmt::format("$d{}", blocks_++);
    add("{} << EOD\n", block);
    for (std::size_t r = 0; r < map.rows.size(); ++r)
      for (std::size_t c = 0; c < map.columns.size(); ++c) {
        const auto& value = map.values[r][c];
        if (!is_shown(map, value)) continue;
        const double share =
            map.log ? std::log(*value / low) / std::log(high / low) : (*value - low) / (high - low);
        add("{} {} {} {} {}\n", c, r, *value, heat_text(*value, map.digits),
            share > 0.5 ? 0xffffff : 0x222222);
      }
    add("EOD\nset xrange [-0.5:{}.5]\nset yrange [{}.5:-0.5]\n", map.columns.size() - 1, map.rows.size() - 1);
    names("x", map.columns,
          fmt::format("rotate by {} right font ',{}'", paper.upright_names ? 90 : 40, paper.name_points));
    names("y", map.rows, "norotate");
    add("set xlabel {} noenhanced\nset ylabel {} noenhanced\nunset grid\n", gnuplot_quoted(paper.x_title),
        gnuplot_quoted(paper.y_title));
    add("set cbrange [{:g}:{:g}]\nset cblabel {} noenhanced offset 0.8,0\n", low, high,
        gnuplot_quoted(map.unit));
    if (map.log) add("set logscale cb\nset cbtics {}\n", gnuplot_log_ticks(low, high, kMostYTicks));
    add("set colorbox user origin screen {:.4f},{:.4f} size screen {:.4f},{:.4f}\n",
        paper.box.right + 0.15 / layout_.width_cm, paper.box.bottom, 0.25 / layout_.width_cm,
        paper.box.top - paper.box.bottom);
    add("plot {0} using 1:2:($1-0.5):($1+0.5):($2-0.5):($2+0.5):3 with boxxyerror fillstyle solid noborder "
        "fillcolor palette notitle",
        block);
    const int points = cell_points(map, paper);
    if (points > 0)
      add(", \\\n     {0} using 1:2:4:5 with labels font ',{1}' textcolor rgb variable notitle", block,
          points);
    add("\n");
    add("unset colorbox\nset xtics norotate font ''\n");
  }

  /// The size of the cells' texts: six points, less where cells are narrow, 0 where they are too narrow for
  /// any.
  int cell_points(const HeatMap& map, const PaperPanel& paper) const {
    double widest = 0;
    for (const auto& row : map.values)
      for (const auto& value : row)
        if (is_shown(map, value)) widest = std::max(widest, text_width(heat_text(*value, map.digits)));
    const double cell =
        (paper.box.right - paper.box.left) * layout_.width_cm / static_cast<double>(map.columns.size());
    const int fitting = widest > 0 ? static_cast<int>(0.95 * cell / 2.54 * 72 / widest) : 6;
    return fitting < 4 ? 0 : std::min(6, fitting);
  }

  /// gnuplot takes a tick's text for a format: a percent sign is written twice.
  static std::string tick_text(const std::string& word) {
    std::string text;
    for (const char c : word) text += c == '%' ? std::string("%%") : std::string(1, c);
    return text;
  }

  void names(const char* axis, const std::vector<std::string>& words, const std::string& rotation) {
    std::vector<std::string> ticks;
    for (std::size_t at = 0; at < words.size(); ++at)
      ticks.push_back(fmt::format("{} {}", gnuplot_quoted(tick_text(words[at])), at));
    add("set format {0} '%g'\nunset m{0}tics\nset {0}tics {2} noenhanced offset 0,0 ({1})\n", axis,
        fmt::join(ticks, ", "), rotation);
  }

  void legend() {
    add("\n# legend\nunset arrow\nunset object\nunset label\nunset title\nunset logscale\nunset tics\nunset "
        "border\nunset "
        "grid\n"
        "unset xlabel\nunset ylabel\n");
    place(layout_.legend_box);
    add("set xrange [0:1]\nset yrange [0:1]\n");
    add("set key center center vertical Left reverse noenhanced maxrows {} samplen 2.2 spacing 1 width 0 "
        "font ',{}'\n",
        layout_.legend_rows, kLegendPoints);
    std::vector<std::string> plots;
    for (const LegendEntry& entry : layout_.legend)
      plots.push_back(legend_sample(entry) + " title " + gnuplot_quoted(entry.name));
    add("plot {}\n", fmt::join(plots, ", \\\n     "));
  }

  static std::string legend_sample(const LegendEntry& entry) {
    const std::string colour = colour_of(entry.key);
    if (entry.kind == LegendEntry::Kind::kLine)
      return fmt::format("NaN with lines lw 1 dt 2 lc rgb '{}'", colour);
    if (entry.kind == LegendEntry::Kind::kBand || entry.mark == Mark::kBand)
      return fmt::format("NaN with lines lw 5 lc rgb '{}'",
                         tint(colour, entry.kind == LegendEntry::Kind::kBand ? 0.8 : 0.72));
    const MarkStyle& mark = mark_style(entry.variant);
    if (entry.mark == Mark::kSteps)
      return fmt::format("NaN with lines lw 2 dt {} lc rgb '{}'", mark.gnuplot_dash, colour);
    if (entry.mark == Mark::kLine)
      return fmt::format("NaN with lines lw 1.2 dt {} lc rgb '{}'", mark.gnuplot_dash, colour);
    if (entry.mark == Mark::kPoints)
      return fmt::format("NaN with points pt {} ps 0.45 lw 0.8 lc rgb '{}'", mark.gnuplot_point, colour);
    return fmt::format("NaN with linespoints pt {} ps 0.45 lw 1.2 dt {} lc rgb '{}'", mark.gnuplot_point,
                       mark.gnuplot_dash, colour);
  }

  static constexpr int kMostYTicks = 8;
  const Figure& figure_;
  const PaperLayout& layout_;
  std::string text_;
  int blocks_ = 0;
};

}  // namespace

std::string gnuplot_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text)
    out += c == '\'' ? std::string("''") : c == '\n' ? std::string("'.\"\\n\".'") : std::string(1, c);
  return out + "'";
}

double linear_tick_step(double low, double high, int most) {
  const auto ticks = [&](double step) { return std::floor(high / step) - std::ceil(low / step) + 1; };
  for (double power = std::pow(10.0, std::floor(std::log10((high - low) / most)) - 1);; power *= 10)
    for (const double first : {1.0, 2.0, 3.0, 4.0, 5.0}) {
      const bool usual = first < 3 || first > 4;
      if (ticks(first * power) <= most && (usual || ticks(5 * power) < 2)) return first * power;
    }
}

std::string gnuplot_log_ticks(double low, double high, int most) {
  const int first = static_cast<int>(std::ceil(std::log10(low) - 1e-9)),
            last = static_cast<int>(std::floor(std::log10(high) + 1e-9));
  const int step = most > 0 ? std::max(1, (last - first + most) / most) : 0;
  std::vector<std::string> ticks;
  const auto add = [&](double at, bool text) {
    if (at < low * (1 - 1e-9) || at > high * (1 + 1e-9)) return;
    const char* const level = text || most == 0 ? "" : " 1";  // smaller ones between those with a text
    ticks.push_back(fmt::format("'{}' {:g}{}", text ? tick_text(at) : "", at, level));
  };
  for (int power = first - 1; power <= last; ++power) {
    add(std::pow(10.0, power), step > 0 && (power - first) % step == 0);
    if (is_short_log({low, high}) && 3 * std::log10(high / low) <= most + 0.5)
      for (const double more : {2.0, 5.0}) add(more * std::pow(10.0, power), step == 1);
  }
  return fmt::format("({})", fmt::join(ticks, ", "));
}

std::string gnuplot_commands(const Figure& figure, const PaperLayout& layout, const fs::path& out) {
  return ScriptWriter(figure, layout).text(out);
}

}  // namespace packrat
