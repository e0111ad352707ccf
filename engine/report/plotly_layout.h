#pragma once
#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "engine/report/figure.h"

namespace packrat {

// The part of plotly_json() that says where everything lies: axes, titles, reference lines, colour bars.

/// What Plotly's names of a panel's axes end with: "" for the first panel, "2" for the second.
std::string axis_number(std::size_t panel);

/// Plotly reads a little HTML in its texts: this escapes it and breaks lines.
std::string plotly_text(const std::string& text);

/// The figure's layouts, from the widest screen to the narrowest: [{min_width, layout}]. The narrower ones
/// have fewer panels beside each other; min_width is in pixels, 0 for the last.
nlohmann::json plotly_layouts(const Figure& figure);

/// Ranges and ticks of all axes, one object a state: [{xaxis: {range, ...}, yaxis: ..., xaxis2: ...}].
nlohmann::json axis_states(const Figure& figure);

}  // namespace packrat
