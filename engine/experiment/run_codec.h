#pragma once
#include <functional>
#include <memory>
#include <string>

#include "compressors/codec_spec.h"
#include "compressors/fitting.h"
#include "engine/core/progress.h"
#include "engine/experiment/config.h"
#include "engine/features/prepared_data.h"
#include "engine/fitting/fitted_codec.h"

namespace packrat {

class Codec;

/// The codec of a run, and where it learned what it knows.
struct RunCodec {
  std::shared_ptr<const Codec> codec;
  std::string learned_from;  ///< one line for the user; empty when there was nothing to learn
};

/// The codec that the options ask for. One that must learn comes from --codec_file; else, unless --fit_on
/// names a data set, from the files that ship with Packrat; else from the cache; else it is fitted now, on
/// --fit_on or default_fitting_dataset(), and cached. The stream's own data set is used only when --fit_on
/// says so. UserError when a file was fitted for something else.
RunCodec codec_for_run(const RunConfig& config, const PreparedData& data, const ProgressFn& progress,
                       const std::function<void(const std::string&)>& note);

/// Where codecs for a stream learn unless told otherwise: "cifar100" for CIFAR-10, "cifar10" for all other
/// images. UserError for features from files, which have to be told.
std::string default_fitting_dataset(const std::string& stream_dataset);

/// Fits `spec` (with its numbers in: codec_spec()) on the data set with the encoder that `config` names, from
/// at most `images` training images (0: all), and measures it on those held out. `options.known` is
/// respected.
FittedCodec fit_on_dataset(const CodecSpec& spec, const std::string& dataset, const RunConfig& config,
                           std::int64_t images, const FittingOptions& options);

}  // namespace packrat
