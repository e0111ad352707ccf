#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "engine/core/bytes.h"

namespace packrat {

/// Writes a file. A regular file, or a name that is free, all or nothing: `write` fills a temporary file
/// beside it (partial.h), which is synced and renamed into place; the mode of an older file is kept, links
/// are followed, and parent folders are created. If anything fails (full disk, unwritable folder, an
/// exception from `write`) the temporary file is removed and an older one is left as it was. Devices, pipes
/// and this process's own descriptors (/dev/stdout) are written to as they are. UserError names the path and
/// the system's reason; a folder is refused.
void write_file_atomically(const std::filesystem::path& path,
                           const std::function<void(std::ostream&)>& write);

/// A file and the option that names it.
struct NamedFile {
  std::string option;
  std::filesystem::path path;
};

/// For the beginning of a command: makes the folders of what it is to write, tries whether files can be
/// written there, and removes what dead processes left of them. UserError when one cannot be, when two
/// outputs are one file, and when an output is a file that the command reads. Files without a path are passed
/// over.
void check_outputs(const std::vector<NamedFile>& outputs, const std::vector<NamedFile>& inputs = {});

/// The whole file. UserError when it cannot be read.
std::vector<std::uint8_t> read_file(const std::filesystem::path& path);
std::string read_text(const std::filesystem::path& path);

/// A file mapped read-only into memory; UserError when it cannot be opened. Move-only.
class MappedFile {
 public:
  MappedFile() = default;
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ByteView bytes() const { return view_; }
  /// Gives the memory of these bytes back; they are read again from the file when they are used.
  void release(std::size_t offset, std::size_t size) const;

 private:
  ByteView view_;
};

/// Lower-case hexadecimal digests of a file's bytes, read in pieces. UserError when it cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);
std::string sha1_of_file(const std::filesystem::path& path);
std::string md5_of_file(const std::filesystem::path& path);

/// The digest as Subresource Integrity (W3C) writes it: "sha512-", then base64. kind: sha256, sha384 or
/// sha512. UserError when the file cannot be read.
std::string integrity_of_file(const std::filesystem::path& path, const std::string& kind);

/// XXH3, 64 bits: for our own files' integrity, not against an adversary.
std::uint64_t checksum(ByteView bytes);

}  // namespace packrat
