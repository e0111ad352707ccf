#pragma once
#include <filesystem>
#include <string>

#include "engine/report/figure.h"

namespace packrat {

/// A figure drawn for a paper by gnuplot: 8 point text, colour and marker and dash tell series apart, one
/// legend below the panels, no title (that is the paper's caption).
struct PaperFormat {
  double width_cm =
      0;  ///< 0: one column, 8.5 cm, up to two panels beside each other, else two columns, 17.8 cm
};

/// The gnuplot commands, data included, that write `figure` in one state to `out`, whose extension decides
/// between pdf, svg and png (300 dots an inch). UserError for any other extension and for a figure without
/// data.
std::string gnuplot_script(const Figure& figure, const std::vector<std::size_t>& choice,
                           const std::filesystem::path& out, const PaperFormat& format = {});

/// Runs gnuplot on that script and puts the picture in place, all or nothing. UserError when gnuplot is not
/// installed or refuses; Interrupted when stop_requested().
void write_paper_figure(const Figure& figure, const std::vector<std::size_t>& choice,
                        const std::filesystem::path& out, const PaperFormat& format = {});

}  // namespace packrat
