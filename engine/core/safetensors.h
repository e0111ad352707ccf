#pragma once
#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "engine/core/bytes.h"

namespace packrat {

// The safetensors layout: u64 length of a JSON header, the header {"name": {"dtype", "shape", "data_offsets":
// [begin, end]}, ...,
// "__metadata__": {text: text}}, then the tensors' bytes, little-endian, row-major.
//
// What Packrat writes is sealed: the metadata hold "packrat_format": "1" and "packrat_xxh3", the XXH3 (64
// bits, 16 hexadecimal digits) of the whole file with zeros in place of these digits. Either of the two makes
// a reader ask for both, so that no changed bit can turn a sealed file into one without seal.

/// A tensor that somebody else owns.
struct SafetensorsTensor {
  std::string name;
  std::string type;  ///< "F32", "U8"; "F8_E4M3" and others that no part of Packrat reads are passed on
  std::vector<std::int64_t> shape;
  ByteView bytes;
};

struct SafetensorsFile {
  std::vector<SafetensorsTensor> tensors;       ///< of the file's bytes
  std::map<std::string, std::string> metadata;  ///< without the seal
  bool sealed = false;                          ///< Packrat wrote it, and its checksum is that of its bytes
};

/// Whether these bytes begin like a safetensors file.
bool looks_like_safetensors(ByteView file);

/// Nothing in the header is trusted. CorruptEntry that says what is damaged, without the file's name;
/// UserError for a header of more than 100 MB, the format's limit.
SafetensorsFile parse_safetensors(ByteView file);

/// The length and the header of a file with these tensors, in this order, data aligned to 8 bytes and without
/// a seal: for files that are written in pieces. Of the tensors' bytes the size alone is used. UserError for
/// repeated names.
std::string safetensors_header(const std::vector<SafetensorsTensor>& tensors,
                               const std::map<std::string, std::string>& metadata);

/// Writes the layout above, sealed, tensors in the order given, data aligned to 8 bytes. UserError for
/// repeated names.
void emit_safetensors(std::ostream& out, const std::vector<SafetensorsTensor>& tensors,
                      const std::map<std::string, std::string>& metadata);

/// CorruptEntry: a safetensors file is damaged in this way.
[[noreturn]] void damaged_safetensors(const std::string& what);

}  // namespace packrat
