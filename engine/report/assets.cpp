#include "engine/report/assets.h"

// The assembler copies a file into the program's read-only data: no compiler has to parse it as text.
#define PACKRAT_ASSET(name, file)                 \
  __asm__(                                        \
      ".pushsection .rodata\n"                    \
      ".global " #name "_begin\n" #name           \
      "_begin:\n"                                 \
      ".incbin \"" PACKRAT_REPORT_ASSETS "/" file \
      "\"\n"                                      \
      ".global " #name "_end\n" #name             \
      "_end:\n"                                   \
      ".byte 0\n"                                 \
      ".popsection\n");                           \
  extern "C" const char name##_begin[], name##_end[]

PACKRAT_ASSET(packrat_plotly_js, "plotly-cartesian.min.js");
PACKRAT_ASSET(packrat_page_js, "page.js");
PACKRAT_ASSET(packrat_page_css, "page.css");

namespace packrat {
namespace {

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

std::string_view plotly_js() {
  return between(packrat_plotly_js_begin, packrat_plotly_js_end);
}
std::string_view page_js() {
  return between(packrat_page_js_begin, packrat_page_js_end);
}
std::string_view page_css() {
  return between(packrat_page_css_begin, packrat_page_css_end);
}

}  // namespace packrat
