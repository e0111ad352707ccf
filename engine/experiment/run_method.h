#pragma once
#include <array>
#include <memory>

#include "engine/core/progress.h"
#include "engine/data/dataset.h"
#include "engine/experiment/config.h"
#include "engine/features/prepared_data.h"
#include "engine/methods/method.h"

namespace packrat {

/// Classes of the run's stream.
int stream_classes(const RunConfig& config);

/// The --method, which keeps no entries, for rows of `shape`. UserError when it keeps more than
/// --memory_bytes.
std::unique_ptr<Method> make_run_method(const RunConfig& config, const std::array<std::int64_t, 3>& shape,
                                        int classes);

/// The run's data set, with the mirror images of --views flip:keep behind the training images.
Dataset load_run_images(const RunConfig& config, const ProgressFn& progress);
/// How they are encoded: encoding_options(), which is for any images, and what they are.
EncodingOptions run_encoding_options(const RunConfig& config);

}  // namespace packrat
