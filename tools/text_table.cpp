#include "tools/text_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace packrat {

std::string markdown_table(const std::vector<std::vector<std::string>>& rows, std::size_t text_columns) {
  std::vector<std::size_t> width(rows.at(0).size());
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) width[c] = std::max(width[c], row[c].size());
  std::string text;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t c = 0; c < rows[r].size(); ++c)
      text += c < text_columns ? fmt::format("| {:<{}} ", rows[r][c], width[c])
                               : fmt::format("| {:>{}} ", rows[r][c], width[c]);
    text += "|\n";
    if (r > 0) continue;
    for (std::size_t c = 0; c < width.size(); ++c)
      text += fmt::format("|{}{}", std::string(width[c] + 1, '-'), c < text_columns ? "-" : ":");
    text += "|\n";
  }
  return text;
}

}  // namespace packrat
