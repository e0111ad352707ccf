#pragma once
#include <string>
#include <variant>
#include <vector>

#include "engine/report/figure.h"
#include "engine/report/table.h"

namespace packrat {

/// A paragraph, a figure or a table. `code` in backquotes is set as such.
using PageBlock = std::variant<std::string, Figure, Table>;

/// A figure or a table without data stands there with what would fill it.
struct PageSection {
  std::string name;  ///< for links: "front"
  std::string title;
  std::vector<PageBlock> blocks = {};
};

/// One tab of a report.
struct Page {
  std::string name;  ///< for links: "memory"
  std::string title;
  std::vector<PageSection> sections = {};
};

/// What becomes one HTML file: see html.h.
struct Report {
  std::string title;
  std::vector<std::string> summary = {};  ///< paragraphs at the top: what was run
  std::vector<Page> pages = {};
};

}  // namespace packrat
