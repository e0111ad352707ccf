#pragma once
#include <nlohmann/json_fwd.hpp>

#include "engine/report/figure.h"

namespace packrat {

/// A figure as what page.js hands to Plotly:
/// {name, switches: [{name, choices}], layouts: [{min_width, layout}], axes: [{xaxis: {range, ...}, ...}],
///  traces: [{style: {...}, states: [{x, y, text, error_y}]}]}.
/// `style` holds all of a trace but its points. `states` of a trace has one item a state, or one for all of
/// them; `axes` has one a state and is laid over the layout, which is the first one that the screen is wide
/// enough for. Titles hold "{NAME}" where the choice of a switch belongs. Values that an axis cannot show
/// (not finite, or not positive on a logarithmic one) are null. Throws Error for a figure that contradicts
/// itself (check_figure).
nlohmann::json plotly_json(const Figure& figure);

}  // namespace packrat
