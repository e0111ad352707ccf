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
  std::string summary = {};  ///< for the top of the report, of what it shows beside runs; empty: nothing
  std::string count = {};    ///< "3 sparsifications"; empty: none
};

/// What becomes one HTML file: see html.h.
struct Report {
  std::string title;
  std::vector<std::string> summary = {};  ///< paragraphs at the top: what was run
  std::vector<Page> pages = {};
  std::vector<std::string> counts = {};  ///< "12 runs": of what it was made from
};

}  // namespace packrat
