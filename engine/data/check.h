#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/data/dataset.h"
#include "engine/data/manifest.h"

namespace packrat {

/// What stands for a file's bytes: its size and time of modification, if they are those recorded, or only its
/// digest.
enum class Trust { kSizeAndTime, kHashOnly };

/// `data_dir`/`info.folder`. UserError with the remedy when it is missing or cannot be read.
std::filesystem::path dataset_folder(const DatasetInfo& info, const std::filesystem::path& data_dir);

/// Checks every file of the data set: there, of the right size, with the right SHA-256, labels in range. A
/// file that the manifest records must be what it says; one that it does not record must have the official
/// size and, where it is known, the official digest. Returns the states to record. Writes nothing. UserError
/// names the file, what is wrong, the allowed values and the remedy.
Manifest check_dataset(const DatasetInfo& info, const std::filesystem::path& data_dir, Trust trust);

/// The same for files on their way to a data set, in any folder: all must be official in size and, where
/// known, in digest. Messages name the files without the folder.
Manifest check_new_files(const DatasetInfo& info, const std::filesystem::path& folder);

/// check_dataset with Trust::kSizeAndTime; records what had to be hashed if the folder can be written.
Manifest check_and_record(const DatasetInfo& info, const std::filesystem::path& data_dir);

/// The verdict on one file.
struct FileReport {
  std::string name;
  std::int64_t size_bytes = 0;
  std::int64_t records = 0;  ///< 0 for a text file
  std::string sha256;
  bool official = false;  ///< the digest is that of the official file
  std::string problem;    ///< empty: all is well
};

struct VerifyReport {
  std::filesystem::path folder;
  std::string source;
  std::vector<FileReport> files;
  bool ok() const;
};

/// Hashes and validates every file again and reports on each. UserError when the folder is missing.
VerifyReport verify_dataset(const DatasetInfo& info, const std::filesystem::path& data_dir);

}  // namespace packrat
