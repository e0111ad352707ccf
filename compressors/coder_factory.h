#pragma once
#include <memory>
#include <vector>

#include "compressors/codec.h"
#include "compressors/stage_factory.h"

namespace packrat {

/// What the author of an entry coder needs, as stage_factory.h is for stages.

/// Builds the coder for the entries of `plain`. `learned` is what EntryCoder::shared() of an equal coder
/// gave, and nothing behind it. CorruptEntry when it is not.
using CoderFactory = std::unique_ptr<EntryCoder> (*)(const StageOptions&, const Codec& plain,
                                                     ByteReader& learned);

/// Learns from entries of `plain`, at least one each, and returns what shared() of the finished coder gives.
using CoderFitter = std::vector<std::uint8_t> (*)(const StageOptions&, const Codec& plain,
                                                  const EntryBatch& train, const EntryBatch& held_out);

}  // namespace packrat
