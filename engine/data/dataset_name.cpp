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

constexpr std::string_view kFolder = "folder:";
constexpr std::size_t kStemLetters = 40;

/// Letters, digits, dots, dashes and underscores; anything else becomes a dash.
std::string plain_letters(std::string text) {
  for (char& c : text)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '_') c = '-';
  return text.substr(0, kStemLetters);
}

}  // namespace

bool names_image_folder(std::string_view text) {
  return text.substr(0, kFolder.size()) == kFolder;
}

fs::path image_folder_path(std::string_view text) {
  const std::string path(text.substr(kFolder.size()));
  if (path.empty()) throw UserError("data set 'folder:' names no folder: give one, such as folder:pictures");
  const fs::path whole = fs::absolute(path).lexically_normal();
  return whole.has_filename() ? whole : whole.parent_path();
}

std::string dataset_name(const std::string& text) {
  if (names_image_folder(text)) return std::string(kFolder) + image_folder_path(text).string();
  return find_dataset(text).name;
}

std::string dataset_display_name(const std::string& text) {
  if (names_image_folder(text)) return text;
  try {
    return find_dataset(text).display_name;
  } catch (const UserError&) {
    return text;
  }
}

std::string dataset_file_stem(const std::string& text) {
  if (names_image_folder(text)) {
    const fs::path path = image_folder_path(text);
    const std::string whole = path.string();
    const std::uint64_t hash = checksum({reinterpret_cast<const std::uint8_t*>(whole.data()), whole.size()});
    return fmt::format("{}-{:08x}", plain_letters(path.filename().string()), hash >> 32);
  }
  std::string stem = text;
  std::transform(stem.begin(), stem.end(), stem.begin(), [](unsigned char c) { return std::tolower(c); });
  return stem;
}

}  // namespace packrat
