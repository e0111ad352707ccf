#pragma once
#include <iosfwd>

#include "engine/core/bytes.h"
#include "models/weights_io.h"

namespace packrat {

// The safetensors layout: u64 length of a JSON header, the header {"name": {"dtype", "shape", "data_offsets":
// [begin, end]}, ...,
// "__metadata__": {text: text}}, then the tensors' bytes, little-endian, row-major.
//
// What Packrat writes is sealed: the metadata hold "packrat_format": "1" and "packrat_xxh3", the XXH3 (64
// bits, 16 hexadecimal digits) of the whole file with zeros in place of these digits. Either of the two makes
// a reader ask for both, so that no changed bit can turn a sealed file into one without seal.

/// Whether these bytes begin like a safetensors file.
bool looks_like_safetensors(ByteView file);

/// Fills tensors, those of types that are not read, metadata without the seal, and whether there was one.
/// Nothing in the header is trusted. CorruptEntry that says what is damaged, without the file's name;
/// UserError for a header of more than 100 MB, the format's limit.
WeightsFile parse_safetensors(ByteView file);

/// Writes the layout above, sealed, tensors in the order given, data aligned to 8 bytes.
void emit_safetensors(std::ostream& out, const StateDict& tensors,
                      const std::map<std::string, std::string>& metadata);

/// CorruptEntry: a safetensors file is damaged in this way.
[[noreturn]] void damaged_safetensors(const std::string& what);

}  // namespace packrat
