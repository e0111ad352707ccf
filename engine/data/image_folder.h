#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/data/dataset.h"

namespace packrat {

// A folder of pictures as a data set:
//   DIR/CLASS/...              pictures at any depth below a class's folder belong to it, or
//   DIR/train/CLASS/...        when there are DIR/train and DIR/test (or DIR/val: test wins),
//   DIR/test/CLASS/...         with the same classes in both.
//   DIR/train/ID/images/..., DIR/val/images/... with DIR/val/val_annotations.txt: Tiny ImageNet's layout, or
//   DIR/s1/o1/... ... DIR/s11/o50/...: CORe50's: objects are the classes, sessions 3, 7 and 10 the test
//   pictures.
// Without such folders one picture in six is held out for testing, see held_out(). Pictures are the files
// whose names end like one that OpenCV reads, in upper or lower case; what stands in hidden files and folders
// is not looked at. Links are followed. Labels are the classes in the order of their names' bytes.

/// One picture's file.
struct FolderPicture {
  std::string path;  ///< inside the folder, parts separated by /
  int label = 0;
  Split split = Split::kTrain;
};

/// What is in a folder, told from names, sizes and times alone.
struct ImageFolder {
  std::vector<std::string> classes;     ///< names, by label
  std::vector<FolderPicture> pictures;  ///< in the order of their paths
  std::vector<std::string>
      skipped;         ///< files that are not hidden and no pictures, and pictures outside the classes
  std::string digest;  ///< changes with any picture's path, size or time of modification
};

/// Looks through the folder. UserError when it is missing, when it or a folder in it cannot be read, for a
/// link to a picture that is not there or to a folder that holds it, for fewer than two classes or more than
/// 65535, for a class whose name is not UTF-8, holds control characters or ends with a blank, for a class
/// without pictures, and for one that has none of its own in one of the splits.
ImageFolder list_image_folder(const std::filesystem::path& folder);

/// Whether a picture is for testing in a folder without splits: one in six, by a hash of its path inside the
/// folder, so that others which come or go do not change it. A class of which this takes none, or all, gives
/// up the one with the least hash, or keeps the one with the greatest.
bool held_out(const std::string& path);

/// The endings of names that count as pictures: ".jpg", ".png", ...
const std::vector<std::string>& picture_endings();

}  // namespace packrat
