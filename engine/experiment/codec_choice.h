#pragma once
#include <string>
#include <string_view>

#include "compressors/codec_spec.h"
#include "compressors/rows.h"
#include "engine/cost/storage_description.h"
#include "engine/data/dataset.h"
#include "engine/experiment/config.h"

namespace packrat {

class Codec;

/// The codec that the options ask for, as a spec: the one place where the published flags become specs
/// (`--compressor quantization --n_states 4 --strategy local` is "quantize:states=4,range=local"). Strategies
/// named X_transfer, in flags and in --codec, become the range computed on X beforehand with these encoder
/// weights and this cut (models/weights/transfer_ranges.json); without an encoder the published range of
/// normalised pixels. UserError when there is none, or X is the stream's own data set.
CodecSpec codec_spec(const RunConfig& config, std::string_view weights_sha256);

/// The run as the published scripts would have been told it: --codec becomes the flags that ask for the same
/// codec, or, where no flags do, the spec becomes the name of the compressor, as does a --method other
/// than entries alone. The data set has its display name, and the head begins behind the encoder's last
/// block, or 0.
RunConfig published_spelling(RunConfig config);

/// What the options make of an image: its normalised pixels, or the encoder's map; of features from files
/// what they are.
Domain domain_of(const RunConfig& config, const DatasetInfo& info);

/// Refuses --codec, before anything is encoded, when it cannot work on these rows (check_codec() of the
/// registry); for features from files the published flags, too.
void check_codec(const RunConfig& config, const DatasetInfo& info);

/// The codec as the cost formulas see it, in a buffer of `slots` entries.
StorageDescription describe_storage(const Codec& codec, std::int64_t slots);

}  // namespace packrat
