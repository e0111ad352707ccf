#pragma once
#include <array>
#include <cstddef>

namespace packrat {

/// How the two renderers show variant v of a key: row v modulo the number of rows. Filled markers first, the
/// ones easiest to tell apart at small size.
struct MarkStyle {
  const char* plotly_symbol;
  int gnuplot_point;
  const char* plotly_dash;
  int gnuplot_dash;
};

inline constexpr std::array kMarkStyles{
    MarkStyle{"circle", 7, "solid", 1},         MarkStyle{"square", 5, "dash", 2},
    MarkStyle{"diamond", 13, "dot", 3},         MarkStyle{"triangle-up", 9, "dashdot", 4},
    MarkStyle{"triangle-down", 11, "solid", 1}, MarkStyle{"pentagon", 15, "dash", 2},
    MarkStyle{"x-thin-open", 2, "dot", 3},      MarkStyle{"asterisk-open", 3, "dashdot", 4},
};

inline constexpr int kCrossMark = 6;  ///< "x-thin-open"

inline const MarkStyle& mark_style(int variant) {
  return kMarkStyles[static_cast<std::size_t>(variant) % kMarkStyles.size()];
}

/// From little to much, even in grey; both renderers interpolate between the stops.
inline constexpr std::array kHeatStops{"#f7fbff", "#a9d3f0", "#56a0d0", "#0d62a0", "#00284a"};

}  // namespace packrat
