#pragma once
#include <filesystem>
#include <string>

#include "engine/report/figure.h"
#include "engine/report/paper_layout.h"

namespace packrat {

/// The commands, data included, by which gnuplot draws a figure without switches (in_state) to a file whose
/// ending says how: .pdf, .svg, .png; UserError for any other.
std::string gnuplot_commands(const Figure& figure, const PaperLayout& layout,
                             const std::filesystem::path& out);

/// gnuplot's literal text; lines are split by '\n'.
std::string gnuplot_quoted(const std::string& text);

/// The least 1, 2 or 5 times a power of ten by which an axis has at most so many ticks; 3 or 4 times where 5
/// would leave a single one, from which no scale can be read.
double linear_tick_step(double low, double high, int most);

/// The ticks of a logarithmic axis from low to high, as gnuplot's list: powers of ten, at most `most` of them
/// with a text; 2 and 5 between them on a short axis.
std::string gnuplot_log_ticks(double low, double high, int most);

}  // namespace packrat
