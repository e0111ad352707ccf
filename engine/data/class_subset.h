#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/dataset.h"

namespace packrat {

/// "0-49", "3", "0-4,7,9-11": labels in ascending order, each once. UserError on anything else, on labels
/// outside 0 .. classes-1 and on fewer than two.
std::vector<int> parse_class_list(std::string_view text, int classes);

/// Leaves only images of `labels` (ascending) in both splits; image labels become positions in that list, and
/// the class names follow. `dataset.info` still describes the whole data set.
void keep_classes(Dataset& dataset, const std::vector<int>& labels);

}  // namespace packrat
