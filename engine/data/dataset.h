#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/progress.h"
#include "engine/data/image_set.h"

namespace packrat {

enum class Split { kTrain, kTest };

/// One file of fixed-size records: label bytes, then an image: planar RGB, 3 x record_side x record_side
/// bytes.
struct RecordFile {
  std::string name;
  Split split;
  std::int64_t records;      ///< in the official file
  std::string sha256;        ///< of the official file; empty when it is not known
  std::string sheet;         ///< the npm package's PNG sheet of the same images; empty when there is none
  std::string sheet_labels;  ///< its labels; files that share one take consecutive pieces, in table order
};

/// What is known about a data set before its images are read: a row of the one table, or what was found in a
/// folder of pictures (image_folder.h).
/// A row of grey pictures (grey_dataset.h) has neither record files nor a place to get them from.
struct DatasetInfo {
  std::string name;  ///< as typed: "cifar10", "folder:/data/pets"
  std::string
      display_name;  ///< as the published scripts print it: "CIFAR10"; of a folder its last part: "pets"
  int classes;
  std::array<float, 3> mean;  ///< of the pixels scaled to [0, 1], by channel R, G, B
  std::array<float, 3> std;
  std::string folder;   ///< inside the data folder
  int label_bytes;      ///< before each image; the last label_width of them are the label that is used
  int label_width = 1;  ///< little-endian
  std::vector<RecordFile> files;
  std::vector<std::int64_t> train_of_class;  ///< training images of each class; empty: as many of each
  std::string names_file;                    ///< class names, one a line
  std::vector<std::string> other_files;      ///< of the official folder; kept when present
  std::vector<std::string> class_names;      ///< used where names_file is missing; may be empty
  std::string picture_folder;  ///< of the official pictures, when the record files are made from them
  std::string
      made_from;  ///< the absolute path of any other folder of pictures they are made from; else empty
  /// Channels, height and width of a row of features from files (feature_dataset.h), in place of images.
  std::optional<std::array<std::int64_t, 3>> feature_shape;
  std::string archive_url;
  std::string archive_md5;
  std::string npm_package;  ///< name@version; empty when there is none
  bool grey = false;
  ImageForm image;                ///< in which its images are read
  std::int64_t record_side = 32;  ///< of the images in its record files

  std::int64_t record_bytes() const { return label_bytes + kImageChannels * record_side * record_side; }
  std::int64_t images(Split split) const;  ///< of the official files, or of the folder
  /// What files that are made from the data set are called: "cifar10", "pets-1a2b3c4d".
  std::string file_stem() const;
};

/// The one table of data sets.
const std::vector<DatasetInfo>& datasets();

/// The row called `name`, upper and lower case alike, of the table or of the grey data sets. UserError lists
/// the names there are.
const DatasetInfo& find_dataset(const std::string& name);

/// What `text` names: the row called so, "folder:DIR" (image_folder.h), whose pictures are read when that has
/// not been done or when they have changed since, or "features:DIR" (feature_dataset.h). Images are read in
/// `form`: a folder's record files hold that form, Tiny ImageNet's are of 32 or of 64 pixels, and others are
/// of their own size. UserError for an unknown name, and for what is wrong with the folder or the files.
DatasetInfo describe_dataset(const std::string& text, const std::filesystem::path& data_dir,
                             const ProgressFn& progress = {}, const ImageForm& form = {});

struct Dataset {
  DatasetInfo info;
  ImageSet train;
  ImageSet test;
  std::vector<std::string> class_names;  ///< by label
  std::string sha256;                    ///< one digest of all record files, for cache keys and results
  std::map<std::string, std::string> file_sha256;  ///< record file -> SHA-256
};

/// Opens a data set in its official binary layout in `data_dir`/`info.folder`. Images stay in the files,
/// which are mapped. Each file's size, SHA-256 (see manifest.h) and labels are checked. UserError, with the
/// remedy, for a missing or unreadable folder or file, a wrong size, a label out of range and bytes that are
/// not those recorded.
Dataset load_dataset(const DatasetInfo& info, const std::filesystem::path& data_dir);
/// The same for what describe_dataset() makes of `text`.
Dataset load_dataset(const std::string& text, const std::filesystem::path& data_dir,
                     const ProgressFn& progress = {}, const ImageForm& form = {});

/// "packrat data get cifar10 --data_dir data": the remedy that messages quote.
std::string get_command(const DatasetInfo& info, const std::filesystem::path& data_dir);

}  // namespace packrat
