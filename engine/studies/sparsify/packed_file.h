#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/core/bytes.h"

namespace packrat {

/// The frame around packed weights: what they are, as text, and their bytes. In the file:
///
///   "PKSPARSE"   8 bytes
///   version      uint32, 1
///   length       uint32, bytes of the description
///   description  JSON
///   body         up to the last 8 bytes
///   checksum     uint64, XXH3 of all bytes before it
struct PackedFile {
  std::string description;
  ByteView body;  ///< points into the bytes that were read
};

std::vector<std::uint8_t> seal_packed_file(const std::string& description,
                                           const std::vector<std::uint8_t>& body);

/// CorruptEntry says what is wrong with the bytes.
PackedFile open_packed_file(ByteView file);

/// Whether the file begins like one; false when it cannot be read.
bool begins_like_packed_file(const std::filesystem::path& path);

}  // namespace packrat
