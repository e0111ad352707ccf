#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/bytes.h"

namespace packrat {

/// The fixed-size start of a buffer file (FILE_FORMAT.md): what a reader checks before it believes anything
/// else.
struct FileHeader {
  static constexpr std::int64_t kBytes = 4096;
  static constexpr std::uint32_t kVersion = 2;  ///< the newest that is read

  /// 1 where that says it all, so that older programs read the file; 2 with columns or a sampler with a
  /// state.
  std::uint32_t version = 1;

  std::uint64_t body_checksum = 0;  ///< XXH3, 64 bits, of everything behind the header
  std::uint64_t body_bytes = 0;
  std::string descriptor;  ///< JSON

  /// The header's 4096 bytes. UserError when the descriptor is too long for them.
  std::vector<std::uint8_t> encode() const;
  /// Reads a header. UserError: not a buffer file, written by a newer version, or damaged; the message names
  /// `name`.
  static FileHeader decode(ByteView file, const std::string& name);
};

}  // namespace packrat
