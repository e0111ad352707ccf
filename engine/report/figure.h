#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace packrat {

// A figure is described once, as plain data, and drawn by plotly.h (in a page) or gnuplot.h (for a paper).

/// A choice that the reader of a page makes; `packrat plot --choose NAME=CHOICE` makes it for a paper. The
/// first choice is the default.
struct Switch {
  std::string name;                  ///< "bytes"; no spaces
  std::vector<std::string> choices;  ///< "measured", "exact", "published"
};

/// One x (or y) axis. A title may hold "{NAME}", which reads as the present choice of the switch NAME.
struct Axis {
  std::string title;
  bool log = false;
  std::optional<double> low = {}, high = {};  ///< range in data units; empty: what the data takes
  std::optional<double> step = {};            ///< from tick to tick of a linear axis; empty: what fits
};

struct DataPoint {
  double x = 0, y = 0;
  std::optional<double> low = {}, high = {};  ///< ends of the error bar, or of the band at x; y lies between
  std::string hover = {};                     ///< lines split by '\n'; empty: the coordinates
};

enum class Mark {
  kPoints,      ///< markers alone
  kLine,        ///< a line through the points, in their order
  kLinePoints,  ///< both
  kSteps,       ///< right, then up: the best y for at most x
  kBand,        ///< the area between low and high, in a light tint
};

/// Points that belong together. Series of one name share an entry of the legend and hide together, over all
/// panels.
struct Series {
  std::string name;
  std::string key;  ///< decides the colour, for ever the same one: see palette.h
  int variant = 0;  ///< >= 0: marker and dash among series of one key
  Mark mark = Mark::kLinePoints;
  /// The points for every state of the figure's switches: the last switch changes fastest. One list alone
  /// holds for all states.
  std::vector<std::vector<DataPoint>> states = {};
};

/// A thin line over the whole panel: random guessing, a published bound.
struct ReferenceLine {
  double at = 0;
  std::string label;
  std::string key = "reference";  ///< decides the colour
  bool vertical = false;          ///< at is an x, not a y
};

/// A shaded part of the panel, low <= x <= high (or y).
struct ReferenceBand {
  double low = 0, high = 0;
  std::string label;
  std::string key = "reference";
  bool vertical = true;  ///< low and high are x, not y
};

/// A matrix as colours: light is little, dark is much; its rows run from top to bottom. A panel with one has
/// no series.
struct HeatMap {
  std::vector<std::string> columns, rows;
  std::vector<std::vector<std::optional<double>>> values;  ///< [rows][columns]; empty cells stay white
  std::string unit;                                        ///< beside the colour bar
  bool log = false;                                        ///< colours by the logarithm
  int digits = 3;                                          ///< significant digits of the text in the cells
};

struct Panel {
  std::string title = {};
  Axis x = {}, y = {};
  std::vector<Series> series = {};
  std::vector<ReferenceLine> lines = {};
  std::vector<ReferenceBand> bands = {};
  std::optional<HeatMap> heat_map = {};
};

struct Figure {
  std::string name = {};     ///< for `packrat plot NAME` and links: "accuracy-memory"
  std::string title = {};    ///< over the figure
  std::string caption = {};  ///< sentences below it: what is drawn, and how it was computed
  std::string needs = {};    ///< without data: what would fill it, "`packrat sweep iso-byte`"
  std::vector<Panel> panels = {};
  int columns = 1;  ///< panels in a row
  std::vector<Switch> switches = {};
  bool shared_axes = false;  ///< all panels take one range for x and one for y
};

/// Nothing to draw: no point, band or cell in any panel, whatever the switches say.
bool is_empty(const Figure& figure);

/// How many states the switches have together: the product of their choices, 1 without switches.
std::size_t state_count(const Figure& figure);

/// The state of one choice (an index) for each switch.
std::size_t state_of(const Figure& figure, const std::vector<std::size_t>& choice);

/// The choices of `words` ("bytes=exact"), the first choice for switches that are not named, as an index for
/// each switch. UserError for an unknown switch or choice.
std::vector<std::size_t> parse_choices(const Figure& figure, const std::vector<std::string>& words);

/// A finite value for a heat map's cell, of so many significant digits: 0.0123, 21.4, 2140, 12.5k, 3.85M.
std::string heat_text(double value, int digits);

/// The points of a series in a state.
const std::vector<DataPoint>& points_of(const Series& series, std::size_t state);

/// A title with "{NAME}" replaced by the choice of the switch NAME.
std::string title_text(const Figure& figure, const std::string& title,
                       const std::vector<std::size_t>& choice);

/// The figure as one choice (an index for each switch) shows it, without switches.
Figure in_state(const Figure& figure, const std::vector<std::size_t>& choice);

/// Error when the description contradicts itself: a series with neither one list nor one a state, a heat map
/// whose rows differ in length, fewer than one column, two switches of one name.
void check_figure(const Figure& figure);

}  // namespace packrat
