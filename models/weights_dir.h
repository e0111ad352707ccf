#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/shipped_files.h"
#include "engine/topology/backbone.h"

namespace packrat {

/// The weights and fitted codecs that ship with Packrat.
inline constexpr ShippedFolder kShippedWeights{"PACKRAT_WEIGHTS_DIR", "weights", "models/weights",
                                               "the shipped weights"};

/// Their folder; see shipped_folder().
std::filesystem::path weights_dir();

/// weights_dir()/name, such as "resnet34_tinyimagenet32.safetensors"; UserError when it is not there.
std::filesystem::path shipped_file(std::string_view name);

/// The weights that ship for a whole network at 32x32; UserError when none ship for it.
std::filesystem::path shipped_weights(const Backbone& backbone);

/// SHA-256 of the files that ship from before files carried a checksum.
const std::vector<std::string>& shipped_digests();

}  // namespace packrat
