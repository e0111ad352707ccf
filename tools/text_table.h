#pragma once
#include <string>
#include <vector>

namespace packrat {

/// A Markdown table whose columns are as wide as their widest cell. rows: the heading first, all of one
/// length. The first `text_columns` columns stand to the left, the others, numbers, to the right.
std::string markdown_table(const std::vector<std::vector<std::string>>& rows, std::size_t text_columns);

}  // namespace packrat
