#pragma once
#include <filesystem>

#include "engine/core/bytes.h"
#include "models/weights_io.h"

namespace packrat {

/// Whether these bytes begin like what torch.save writes: a zip file since PyTorch 1.6, and pickles before
/// (legacy_checkpoint.h).
bool looks_like_checkpoint(ByteView file);

/// Whether these bytes begin like any other pickle.
bool looks_like_pickle(ByteView file);

/// Fills tensors and metadata from a torch.save of a state dict; see read_weights(). The zip's checksums are
/// verified, which pickles have none of, and nothing in the file is trusted. CorruptEntry that says what is
/// damaged, without the file's name; UserError for what is sound, but no state dict.
WeightsFile parse_checkpoint(ByteView file);

}  // namespace packrat
