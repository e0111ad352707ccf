#pragma once
#include <set>
#include <string>

#include "engine/experiment/config.h"

namespace packrat {

/// Gives options that `given` does not name, and that have their defaults, what stands beside the file of
/// --encoder onnx:FILE in FILE.json: {"image_size": 224, "image_crop": "centre", "normalise": "imagenet",
/// "channel_order": "rgb", "pool": "1x1"}, any of them. UserError for other keys and for wrong values.
void apply_onnx_defaults(RunConfig& config, const std::set<std::string>& given = {});

}  // namespace packrat
