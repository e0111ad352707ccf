#pragma once
#include <string_view>

namespace packrat {

// The parts of a page that are not data, built into the program: see assets/.
std::string_view plotly_js();  ///< Plotly's cartesian bundle, MIT licence: assets/README.md
std::string_view page_js();
std::string_view page_css();

}  // namespace packrat
