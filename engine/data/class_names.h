#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace packrat {

/// The class names in a text file, one a line; blank lines do not count. UserError when they are not UTF-8,
/// or not as many as `dataset` has classes.
std::vector<std::string> read_class_names(const std::filesystem::path& path, const std::string& dataset,
                                          int classes);

/// The names, and "class 7" for those that are missing.
std::vector<std::string> completed_class_names(std::vector<std::string> names, int classes);

}  // namespace packrat
