#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>

#include "engine/core/bytes.h"

namespace packrat {

/// Writes a file all or nothing: `write` fills a temporary file beside it, which is synced and renamed into
/// place. If anything fails (full disk, unwritable folder, an exception from `write`) the temporary file is
/// removed, an older `path` is left as it was, and UserError names the path and the system's reason. Creates
/// parent folders.
void write_file_atomically(const std::filesystem::path& path,
                           const std::function<void(std::ostream&)>& write);

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
