#include "engine/data/class_pictures.h"

#include <algorithm>
#include <ostream>

#include "engine/core/files.h"
#include "engine/data/check.h"
#include "engine/data/record_file.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

void write_split(const DatasetInfo& info, const std::vector<ClassPictures>& classes,
                 std::vector<Picture> ClassPictures::*split, std::ostream& out) {
  for (std::size_t label = 0; label < classes.size(); ++label)
    for (const Picture& picture : classes[label].*split)
      write_record(info, static_cast<int>(label), picture.planes.data(), out);
}

}  // namespace

Manifest write_class_pictures(const DatasetInfo& info, std::vector<ClassPictures> classes,
                              const std::string& source, const fs::path& folder) {
  DatasetInfo counted = info;
  for (RecordFile& file : counted.files) {
    const auto split = file.split == Split::kTrain ? &ClassPictures::train : &ClassPictures::test;
    file.records = 0;
    for (ClassPictures& one : classes) {
      std::vector<Picture>& pictures = one.*split;
      std::sort(pictures.begin(), pictures.end(),
                [](const Picture& a, const Picture& b) { return a.name < b.name; });
      file.records += static_cast<std::int64_t>(pictures.size());
    }
    write_file_atomically(folder / file.name,
                          [&](std::ostream& out) { write_split(info, classes, split, out); });
  }
  write_file_atomically(folder / info.names_file, [&](std::ostream& out) {
    for (const ClassPictures& one : classes) out << one.name << '\n';
  });
  Manifest manifest = check_new_files(counted, folder);
  manifest.source = source;
  write_manifest(folder, manifest);
  return manifest;
}

}  // namespace packrat
