#include "engine/report/gnuplot.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include "engine/core/child_process.h"
#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/report/marks.h"
#include "engine/report/palette.h"
#include "engine/report/panel_grid.h"
#include "engine/report/paper_layout.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

/// gnuplot's literal string.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c == '\n' ? ' ' : c);
  return out + "'";
}

std::string terminal(const fs::path& out, const PaperLayout& layout) {
  const std::string kind = out.extension().string();
  const double w = layout.width_cm, h = layout.height_cm;
  if (kind == ".pdf")
    return fmt::format("pdfcairo enhanced color size {:.3f}cm,{:.3f}cm font 'Sans,8' linewidth 1", w, h);
  const auto pixels = [](double cm, double dpi) { return std::lround(cm / 2.54 * dpi); };
  if (kind == ".svg")
    return fmt::format(
        "svg enhanced size {},{} font 'Helvetica,Arial,sans-serif,8' fontscale 1.33 linewidth 1 background "
        "'#ffffff'",
        pixels(w, 96), pixels(h, 96));
  if (kind == ".png")
    return fmt::format(
        "pngcairo enhanced color size {},{} font 'Sans,8' fontscale 4.1667 linewidth 4 pointscale 4",
        pixels(w, 300), pixels(h, 300));
  throw UserError(fmt::format("'{}' is no picture that can be written: end the name with .pdf, .svg or .png",
                              out.string()));
}

/// Powers of ten; with 2 and 5 between them when there are few.
std::string log_ticks(const Interval& shown) {
  const double decades = std::log10(shown.high / shown.low);
  const int step = decades > 6 ? static_cast<int>(std::ceil(decades / 6)) : 1;
  std::vector<std::string> ticks;
  for (int power = static_cast<int>(std::floor(std::log10(shown.low))); power <= std::log10(shown.high);
       ++power)
    for (const double first : {1.0, 2.0, 5.0}) {
      const double at = first * std::pow(10.0, power);
      if (at < shown.low || at > shown.high || (!is_short_log(shown) && (first != 1.0 || power % step != 0)))
        continue;
      ticks.push_back(std::abs(power) <= 3
                          ? fmt::format("'{0:g}' {0:g}", at)
                          : fmt::format("'{}10^{{{}}}' {:g}", first == 1.0 ? "" : fmt::format("{:g}·", first),
                                        power, at));
    }
  return fmt::format("({})", fmt::join(ticks, ", "));
}

/// Writes the script panel by panel; data blocks are numbered throughout.
class ScriptWriter {
 public:
  ScriptWriter(const Figure& figure, const PaperLayout& layout) : figure_(figure), layout_(layout) {}

  std::string text(const fs::path& out) {
    add("set encoding utf8\nset terminal {}\nset output {}\n", terminal(out, layout_), quoted(out.string()));
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
    const PanelPlace grid = panel_places(figure_)[at];
    add("\n# panel {}\nunset key\nunset arrow\nunset object\nunset label\nunset logscale\n", at + 1);
    place(layout_.panels[at]);
    add("set title {} noenhanced offset 0,-0.7\n", quoted(p.title));
    if (p.heat_map) return heat_map(p, layout_.panels[at]);
    axis("x", at, false, !figure_.shared_axes || grid.lowest);
    axis("y", at, true, !figure_.shared_axes || grid.leftmost);
    add("set grid xtics ytics lc rgb '#e4e4e4' lw 0.5 lt 1\n");
    references(p);
    std::vector<std::string> plots;
    for (const Series& series : p.series)
      if (!points_of(series, 0).empty() && series.mark == Mark::kBand) plot(p, series, plots);
    for (const Series& series : p.series)
      if (!points_of(series, 0).empty() && series.mark != Mark::kBand) plot(p, series, plots);
    add("plot {}\n", plots.empty() ? "NaN notitle" : fmt::format("{}", fmt::join(plots, ", \\\n     ")));
  }

  void axis(const char* name, std::size_t at, bool y, bool outer) {
    const Axis& a = y ? figure_.panels[at].y : figure_.panels[at].x;
    const Interval shown = axis_range(figure_, at, y, 0);
    if (a.log) add("set logscale {}\n", name);
    add("set {}range [{:g}:{:g}]\n", name, shown.low, shown.high);
    add("set {}label {} noenhanced offset {}\n", name, quoted(outer ? a.title : ""), y ? "0.8,0" : "0,0.5");
    add("set {}tics autofreq offset {}\n", name, y ? "0.6,0" : "0,0.4");
    if (a.log)
      add("set {0}tics {1}\nset m{0}tics 10\n", name, log_ticks(shown));
    else
      add("unset m{}tics\n", name);
    add("set format {} {}\n", name, outer ? "'%g'" : "''");
    if (a.log && !outer) add("set {}tics format ''\nunset {}tics\n", name, name);
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
      plots.push_back(fmt::format("{} using 1:2 with steps lw 2 lc rgb '{}' notitle", block, colour));
    if (series.mark == Mark::kLine || series.mark == Mark::kLinePoints)
      plots.push_back(fmt::format("{} using 1:2 with lines {} notitle", block, line));
    if (bars)
      plots.push_back(
          fmt::format("{} using 1:2:3:4 with yerrorbars pt 0 lw 0.8 lc rgb '{}' notitle", block, colour));
    if (series.mark == Mark::kPoints || series.mark == Mark::kLinePoints)
      plots.push_back(fmt::format("{} using 1:2 with points {} notitle", block, point));
  }

  void heat_map(const Panel& p, const ScreenBox& box) {
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
        add("{} {} {} {} {}\n", c, r, *value, fmt::format("{:.{}g}", *value, map.digits),
            share > 0.5 ? 0xffffff : 0x222222);
      }
    add("EOD\nset xrange [-0.5:{}.5]\nset yrange [{}.5:-0.5]\n", map.columns.size() - 1, map.rows.size() - 1);
    names("x", map.columns, "rotate by 40 right");
    names("y", map.rows, "norotate");
    add("set xlabel {} noenhanced\nset ylabel {} noenhanced\nunset grid\n", quoted(p.x.title),
        quoted(p.y.title));
    add("set cbrange [{:g}:{:g}]\nset cblabel {} noenhanced offset -0.8,0\n", low, high, quoted(map.unit));
    if (map.log) add("set logscale cb\nset cbtics {}\n", log_ticks({low, high}));
    add("set colorbox user origin screen {:.4f},{:.4f} size screen {:.4f},{:.4f}\n",
        box.right + 0.15 / layout_.width_cm, box.bottom, 0.25 / layout_.width_cm, box.top - box.bottom);
    add("plot {0} using 1:2:($1-0.5):($1+0.5):($2-0.5):($2+0.5):3 with boxxyerror fillstyle solid noborder "
        "fillcolor palette notitle, \\\n"
        "     {0} using 1:2:4:5 with labels font ',6' textcolor rgb variable notitle\n",
        block);
    add("unset colorbox\nset xtics norotate\n");
  }

  void names(const char* axis, const std::vector<std::string>& words, const char* rotation) {
    std::vector<std::string> ticks;
    for (std::size_t at = 0; at < words.size(); ++at)
      ticks.push_back(fmt::format("{} {}", quoted(words[at]), at));
    add("set format {0} '%g'\nunset m{0}tics\nset {0}tics {2} noenhanced offset 0,0 ({1})\n", axis,
        fmt::join(ticks, ", "), rotation);
  }

  void legend() {
    add("\n# legend\nunset arrow\nunset object\nunset title\nunset logscale\nunset tics\nunset border\nunset "
        "grid\n"
        "unset xlabel\nunset ylabel\n");
    place(layout_.legend_box);
    add("set xrange [0:1]\nset yrange [0:1]\n");
    add("set key center center vertical Left reverse noenhanced maxrows {} samplen 2.2 spacing 1 width 0\n",
        layout_.legend_rows);
    std::vector<std::string> plots;
    for (const LegendEntry& entry : layout_.legend)
      plots.push_back(legend_sample(entry) + " title " + quoted(entry.name));
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
    if (entry.mark == Mark::kSteps) return fmt::format("NaN with lines lw 2 lc rgb '{}'", colour);
    if (entry.mark == Mark::kLine)
      return fmt::format("NaN with lines lw 1.2 dt {} lc rgb '{}'", mark.gnuplot_dash, colour);
    if (entry.mark == Mark::kPoints)
      return fmt::format("NaN with points pt {} ps 0.45 lw 0.8 lc rgb '{}'", mark.gnuplot_point, colour);
    return fmt::format("NaN with linespoints pt {} ps 0.45 lw 1.2 dt {} lc rgb '{}'", mark.gnuplot_point,
                       mark.gnuplot_dash, colour);
  }

  const Figure& figure_;
  const PaperLayout& layout_;
  std::string text_;
  int blocks_ = 0;
};

/// A private folder that goes with its scope.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (fs::temp_directory_path() / "packrat-plot-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
      throw UserError(fmt::format("cannot make a folder in {}: set TMPDIR to a writable one",
                                  fs::temp_directory_path().string()));
    path_ = pattern;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

int run_gnuplot(const fs::path& folder) try {
  return run_program({"gnuplot", "script.gp"}, folder, folder / "log");
} catch (const UserError&) {
  throw UserError(
      "figures for papers are drawn by gnuplot, which cannot be started: `apt-get install gnuplot-nox`");
}

}  // namespace

std::string gnuplot_script(const Figure& figure, const std::vector<std::size_t>& choice, const fs::path& out,
                           const PaperFormat& format) {
  check_figure(figure);
  const Figure chosen = in_state(figure, choice);
  if (is_empty(chosen))
    throw UserError(fmt::format("there are no data for the figure {}. {}", figure.name, figure.needs));
  const PaperLayout layout = paper_layout(chosen, format.width_cm);
  return ScriptWriter(chosen, layout).text(out);
}

void write_paper_figure(const Figure& figure, const std::vector<std::size_t>& choice, const fs::path& out,
                        const PaperFormat& format) {
  const ScratchFolder scratch;
  const fs::path picture = "picture" + out.extension().string();
  const std::string script = gnuplot_script(figure, choice, picture, format);
  write_file_atomically(scratch.path() / "script.gp", [&](std::ostream& file) { file << script; });
  if (const int code = run_gnuplot(scratch.path()); code != 0)
    throw Error(fmt::format("gnuplot refuses the figure {} with code {}: {}", figure.name, code,
                            read_text(scratch.path() / "log")));
  const std::string bytes = read_text(scratch.path() / picture);
  write_file_atomically(out, [&](std::ostream& file) { file << bytes; });
}

}  // namespace packrat
