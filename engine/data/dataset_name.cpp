#include "engine/data/dataset_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/data/dataset.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kFolder = "folder:", kFeatures = "features:";
constexpr std::string_view kArrayEndings[] = {".safetensors", ".npz", ".npy"};
constexpr std::size_t kStemLetters = 40;

/// Letters, digits, dots, dashes and underscores; anything else becomes a dash.
std::string plain_letters(std::string text) {
  for (char& c : text)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '_') c = '-';
  return text.substr(0, kStemLetters);
}

fs::path whole_path(const std::string& path) {
  const fs::path whole = fs::absolute(path).lexically_normal();
  return whole.has_filename() ? whole : whole.parent_path();
}

bool is_array_file(std::string_view text) {
  for (const std::string_view end : kArrayEndings)
    if (text.size() > end.size() && text.substr(text.size() - end.size()) == end) return true;
  return false;
}

/// Where the comma between two files is; npos when the text is a folder.
std::size_t comma_between_files(std::string_view text) {
  if (!is_array_file(text)) return std::string_view::npos;
  for (std::size_t at = text.find(','); at != std::string_view::npos; at = text.find(',', at + 1))
    if (is_array_file(text.substr(0, at))) return at;
  return std::string_view::npos;
}

/// A path's last part, and digits that tell paths apart.
std::string stem_of_path(const fs::path& path, const std::string& whole) {
  const std::uint64_t hash = checksum({reinterpret_cast<const std::uint8_t*>(whole.data()), whole.size()});
  return fmt::format("{}-{:08x}", plain_letters(path.filename().string()), hash >> 32);
}

}  // namespace

bool names_image_folder(std::string_view text) {
  return text.substr(0, kFolder.size()) == kFolder;
}

fs::path image_folder_path(std::string_view text) {
  const std::string path(text.substr(kFolder.size()));
  if (path.empty()) throw UserError("data set 'folder:' names no folder: give one, such as folder:pictures");
  return whole_path(path);
}

bool names_features(std::string_view text) {
  return text.substr(0, kFeatures.size()) == kFeatures;
}

FeaturePaths feature_paths(std::string_view text) {
  const std::string paths(text.substr(kFeatures.size()));
  if (paths.empty())
    throw UserError(
        "data set 'features:' names no files: give a folder, such as features:embeddings, or two files, "
        "features:train.npz,test.npz");
  const std::size_t comma = comma_between_files(paths);
  if (comma == std::string::npos) return {whole_path(paths), {}};
  return {whole_path(paths.substr(0, comma)), whole_path(paths.substr(comma + 1))};
}

std::string dataset_name(const std::string& text) {
  if (names_features(text)) {
    const FeaturePaths paths = feature_paths(text);
    return std::string(kFeatures) + paths.train.string() +
           (paths.test.empty() ? "" : "," + paths.test.string());
  }
  if (names_image_folder(text)) return std::string(kFolder) + image_folder_path(text).string();
  return find_dataset(text).name;
}

std::string dataset_display_name(const std::string& text) {
  if (names_image_folder(text) || names_features(text)) return text;
  try {
    return find_dataset(text).display_name;
  } catch (const UserError&) {
    return text;
  }
}

std::string dataset_file_stem(const std::string& text) {
  if (names_image_folder(text)) {
    const fs::path path = image_folder_path(text);
    return stem_of_path(path, path.string());
  }
  if (names_features(text)) return stem_of_path(feature_paths(text).train, dataset_name(text));
  std::string stem = text;
  std::transform(stem.begin(), stem.end(), stem.begin(), [](unsigned char c) { return std::tolower(c); });
  return stem;
}

}  // namespace packrat
