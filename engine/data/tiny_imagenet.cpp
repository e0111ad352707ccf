#include "engine/data/tiny_imagenet.h"

#include <fmt/format.h>

#include <map>
#include <sstream>

#include "engine/core/error.h"
#include "engine/data/class_pictures.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  std::istringstream text(path);
  for (std::string part; std::getline(text, part, '/');)
    if (!part.empty() && part != ".") parts.push_back(part);
  return parts;
}

/// What a path of the official layout holds.
struct Place {
  enum Kind { kNothing, kClasses, kWords, kAnnotations, kTrain, kValidation } kind = kNothing;
  std::string name;  ///< kTrain: the class; kValidation: the file's name
};

Place place_of(const std::string& path) {
  const std::vector<std::string> parts = parts_of(path);
  const auto from_end = [&](std::size_t i) {
    return parts.size() > i ? parts[parts.size() - 1 - i] : std::string();
  };
  const std::string file = from_end(0);
  if (file.rfind('.', 0) == 0) return {};  // what some programs leave behind: .DS_Store, ._picture.JPEG
  if (file == "wnids.txt") return {Place::kClasses, ""};
  if (file == "words.txt") return {Place::kWords, ""};
  if (file == "val_annotations.txt") return {Place::kAnnotations, ""};
  if (from_end(1) != "images") return {};
  if (from_end(3) == "train") return {Place::kTrain, from_end(2)};
  if (from_end(2) == "val") return {Place::kValidation, file};
  return {};
}

/// The text's lines, split at tabs.
std::vector<std::vector<std::string>> table_of(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    std::istringstream cells(line);
    std::vector<std::string> row;
    for (std::string cell; std::getline(cells, cell, '\t');) row.push_back(cell);
    if (!row.empty()) rows.push_back(row);
  }
  return rows;
}

/// Everything that the layout holds, the pictures decoded.
class Collection {
 public:
  explicit Collection(const ImageForm& form)
      : decoder_(form, [this](Picture picture) { pictures_.push_back(std::move(picture)); }) {}

  void read(const fs::path& folder_or_archive, const ProgressFn& progress) {
    read_files(
        folder_or_archive, [](const std::string& path) { return place_of(path).kind != Place::kNothing; },
        [&](const std::string& path, std::vector<std::uint8_t> bytes) { take(path, std::move(bytes)); },
        progress);
  }

  std::vector<ClassPictures> classes(const DatasetInfo& info) {
    std::map<std::string, ClassPictures> by_id = empty_classes(info);
    const std::map<std::string, std::string> annotations = read_annotations();
    decoder_.finish();
    for (Picture& picture : pictures_) {
      const Place place = place_of(picture.name);
      const bool trains = place.kind == Place::kTrain;
      const auto annotation = annotations.find(place.name);
      if (!trains && annotation == annotations.end())
        throw UserError(fmt::format("val_annotations.txt does not name {}", picture.name));
      const std::string& id = trains ? place.name : annotation->second;
      const auto found = by_id.find(id);
      if (found == by_id.end())
        throw UserError(fmt::format("{} is of class {}, which wnids.txt does not list", picture.name, id));
      (trains ? found->second.train : found->second.test).push_back(std::move(picture));
    }
    std::vector<ClassPictures> classes;
    for (auto& [id, one] : by_id) {
      if (one.train.empty() || one.test.empty())
        throw UserError(fmt::format("there are no {} pictures of class {} ({})",
                                    one.train.empty() ? "training" : "validation", id, one.name));
      classes.push_back(std::move(one));
    }
    return classes;
  }

 private:
  void take(const std::string& path, std::vector<std::uint8_t> bytes) {
    const Place place = place_of(path);
    if (place.kind == Place::kTrain || place.kind == Place::kValidation)
      decoder_.add(path, std::move(bytes));
    else
      texts_[place.kind].assign(bytes.begin(), bytes.end());
  }

  const std::string& text(Place::Kind kind, const char* name) const {
    const auto found = texts_.find(kind);
    if (found == texts_.end())
      throw UserError(fmt::format("{} is missing: this is not Tiny ImageNet's official layout", name));
    return found->second;
  }

  std::map<std::string, ClassPictures> empty_classes(const DatasetInfo& info) const {
    std::map<std::string, ClassPictures> classes;
    for (const auto& row : table_of(text(Place::kClasses, "wnids.txt"))) classes[row[0]].name = row[0];
    if (static_cast<int>(classes.size()) != info.classes)
      throw UserError(fmt::format("wnids.txt lists {} classes instead of {}", classes.size(), info.classes));
    for (const auto& row : table_of(text(Place::kWords, "words.txt"))) {
      const auto found = classes.find(row[0]);
      if (found != classes.end() && row.size() > 1) found->second.name = row[1].substr(0, row[1].find(','));
    }
    return classes;
  }

  std::map<std::string, std::string> read_annotations() const {
    std::map<std::string, std::string> annotations;
    for (const auto& row : table_of(text(Place::kAnnotations, "val_annotations.txt")))
      if (row.size() > 1) annotations[row[0]] = row[1];
    return annotations;
  }

  std::vector<Picture> pictures_;
  PictureDecoder decoder_;
  std::map<Place::Kind, std::string> texts_;
};

}  // namespace

void convert_tiny_imagenet(const DatasetInfo& info, const fs::path& folder_or_archive,
                           const std::string& source, const fs::path& folder, const ProgressFn& progress) {
  Collection collection({info.record_side, false});
  collection.read(folder_or_archive, progress);
  write_class_pictures(info, collection.classes(info), source, folder);
}

}  // namespace packrat
