#pragma once
#include <iosfwd>

#include "engine/core/bytes.h"
#include "models/weights_io.h"

namespace packrat {

/// Tensors of the types that are read, the others as unusable, metadata without the seal (safetensors.h of
/// engine/core, also for what is thrown).
WeightsFile weights_from_safetensors(ByteView file);

/// Writes a sealed safetensors file. UserError for types that such files do not hold.
void emit_weights(std::ostream& out, const StateDict& tensors,
                  const std::map<std::string, std::string>& metadata);

}  // namespace packrat
