#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "engine/core/progress.h"

namespace packrat {

// Every image of every data set: planar RGB, 3 x 32 x 32 bytes.
constexpr int kImageChannels = 3;
constexpr int kImageSide = 32;
constexpr int kPlaneBytes = kImageSide * kImageSide;
constexpr int kImageBytes = kImageChannels * kPlaneBytes;

enum class Split { kTrain, kTest };

/// One file of fixed-size records: label bytes, then an image.
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
  std::string archive_url;
  std::string archive_md5;
  std::string npm_package;  ///< name@version; empty when there is none

  std::int64_t record_bytes() const { return label_bytes + kImageBytes; }
  std::int64_t images(Split split) const;  ///< of the official files, or of the folder
  /// What files that are made from the data set are called: "cifar10", "pets-1a2b3c4d".
  std::string file_stem() const;
};

/// The one table of data sets.
const std::vector<DatasetInfo>& datasets();

/// The row called `name`, upper and lower case alike. UserError lists the names there are.
const DatasetInfo& find_dataset(const std::string& name);

/// What `text` names: the row called so, or "folder:DIR" (image_folder.h), whose pictures are read when that
/// has not been done or when they have changed since. UserError for an unknown name, and for what is wrong
/// with the folder.
DatasetInfo describe_dataset(const std::string& text, const std::filesystem::path& data_dir,
                             const ProgressFn& progress = {});

/// N images with their labels.
struct ImageSet {
  std::vector<std::uint8_t> pixels;   ///< [N, 3, 32, 32], planar RGB as in the official files
  std::vector<std::uint16_t> labels;  ///< [N], 0 .. classes-1

  std::int64_t count() const { return static_cast<std::int64_t>(labels.size()); }
  /// Image i, 3 x 32 x 32 bytes.
  const std::uint8_t* image(std::int64_t i) const { return pixels.data() + i * kImageBytes; }
};

struct Dataset {
  DatasetInfo info;
  ImageSet train;
  ImageSet test;
  std::vector<std::string> class_names;  ///< by label
  std::string sha256;                    ///< one digest of all record files, for cache keys and results
  std::map<std::string, std::string> file_sha256;  ///< record file -> SHA-256
};

/// Loads a data set in its official binary layout from `data_dir`/`info.folder`.
/// Each file's size, SHA-256 (see manifest.h) and labels are checked. UserError, with the remedy, for a
/// missing or unreadable folder or file, a wrong size, a label out of range and bytes that are not those
/// recorded.
Dataset load_dataset(const DatasetInfo& info, const std::filesystem::path& data_dir);
/// The same for what describe_dataset() makes of `text`.
Dataset load_dataset(const std::string& text, const std::filesystem::path& data_dir,
                     const ProgressFn& progress = {});

/// "packrat data get cifar10 --data_dir data": the remedy that messages quote.
std::string get_command(const DatasetInfo& info, const std::filesystem::path& data_dir);

}  // namespace packrat
