#pragma once
#include <algorithm>
#include <cctype>
#include <string>

namespace packrat {

/// "families" and "CIFAR10" make "families-cifar10"; what does not belong in a file's name becomes a dash.
inline std::string figure_name(const std::string& kind, std::string dataset) {
  std::transform(dataset.begin(), dataset.end(), dataset.begin(), [](unsigned char c) {
    return std::isalnum(c) || c == '.' ? static_cast<char>(std::tolower(c)) : '-';
  });
  return kind + "-" + dataset;
}

}  // namespace packrat
