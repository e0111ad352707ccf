#include "engine/data/class_subset.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "engine/core/error.h"

namespace packrat {
namespace {

/// A whole number that takes up all of `text`; -1 when it is none.
int whole_number(std::string_view text) {
  int value = -1;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end && value >= 0 ? value : -1;
}

void keep_images(ImageSet& images, const std::vector<int>& position) {
  std::vector<std::int64_t> kept;
  for (std::int64_t i = 0; i < images.count(); ++i)
    if (position[images.labels[static_cast<std::size_t>(i)]] >= 0) kept.push_back(i);
  images.keep(kept);
  for (std::uint16_t& label : images.labels) label = static_cast<std::uint16_t>(position[label]);
}

}  // namespace

std::vector<int> parse_class_list(std::string_view text, int classes) {
  const auto refuse = [&](const std::string& why) {
    throw UserError(
        fmt::format("classes '{}': {}; give labels from 0 to {}, such as 0-4,7", text, why, classes - 1));
  };
  std::set<int> labels;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view piece = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), piece.size() + 1));
    const std::size_t dash = piece.find('-');
    const int first = whole_number(piece.substr(0, dash));
    const int last = dash == std::string_view::npos ? first : whole_number(piece.substr(dash + 1));
    if (first < 0 || last < first)
      refuse(fmt::format("'{}' is neither a label nor a range of labels", piece));
    if (last >= classes) refuse(fmt::format("there is no label {}", last));
    for (int label = first; label <= last; ++label) labels.insert(label);
  }
  if (labels.size() < 2) refuse("at least two are needed");
  return {labels.begin(), labels.end()};
}

void keep_classes(Dataset& dataset, const std::vector<int>& labels) {
  std::vector<int> position(dataset.class_names.size(), -1);
  std::vector<std::string> names;
  for (const int label : labels) {
    position.at(static_cast<std::size_t>(label)) = static_cast<int>(names.size());
    names.push_back(dataset.class_names[static_cast<std::size_t>(label)]);
  }
  keep_images(dataset.train, position);
  keep_images(dataset.test, position);
  dataset.class_names = std::move(names);
}

}  // namespace packrat
