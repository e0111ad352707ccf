#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/data/manifest.h"
#include "engine/data/picture_files.h"

namespace packrat {

/// Pictures of one class, for both splits.
struct ClassPictures {
  std::string name;  ///< shown to people
  std::vector<Picture> train, test;
};

/// Writes the pictures of `info`.classes classes as the data set's two record files, class after class, the
/// pictures of each in the order of their names, with the class names beside them, to `folder`; returns their
/// manifest.
Manifest write_class_pictures(const DatasetInfo& info, std::vector<ClassPictures> classes,
                              const std::string& source, const std::filesystem::path& folder);

}  // namespace packrat
