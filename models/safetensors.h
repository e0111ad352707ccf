#pragma once
#include <iosfwd>

#include "engine/core/bytes.h"
#include "models/weights_io.h"

namespace packrat {

// The safetensors layout: u64 length of a JSON header, the header {"name": {"dtype", "shape", "data_offsets":
// [begin, end]}, ...,
// "__metadata__": {text: text}}, then the tensors' bytes, little-endian, row-major.

/// Whether these bytes begin like a safetensors file.
bool looks_like_safetensors(ByteView file);

/// Fills tensors and metadata. Nothing in the header is trusted. UserError that says what is damaged, without
/// the file's name.
WeightsFile parse_safetensors(ByteView file);

/// Writes the layout above, tensors in the order given, data aligned to 8 bytes.
void emit_safetensors(std::ostream& out, const StateDict& tensors,
                      const std::map<std::string, std::string>& metadata);

}  // namespace packrat
