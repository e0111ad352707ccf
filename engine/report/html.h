#pragma once
#include <string>

#include "engine/report/page.h"

namespace packrat {

/// A report as one HTML file that opens without a network: data, styles, scripts and Plotly are in it. The
/// same report gives the same bytes. Error when two figures or two tables have one name.
std::string html_text(const Report& report);

/// Text with `code` in backquotes, as HTML; everything else is escaped.
std::string html_prose(const std::string& text);

}  // namespace packrat
