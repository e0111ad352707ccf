#pragma once
#include <set>
#include <string>

#include "engine/experiment/config.h"

namespace packrat {

/// The defaults of all options under a --recipe; those of the published one for an unknown name.
const RunConfig& defaults_of(const std::string& recipe);

/// Gives the options that `given` does not name, and that config.recipe has other defaults for, those
/// defaults. To be called once, after all given options have been set.
void apply_recipe(RunConfig& config, const std::set<std::string>& given);

/// Whether the head takes maps of any shape and from several cuts: a multi-layer perceptron, or a linear
/// layer.
bool head_takes_any_maps(const RunConfig& config);
/// Which of head_kinds() --backbone names: "resnet" is the encoder's own network, and resnet18 without one.
std::string head_kind(const RunConfig& config);
/// The block behind which a backbone's head begins: the encoder's last one, or --backbone_block of features
/// from files and of an ONNX file's maps; "0": the whole network.
std::string head_begins_after(const RunConfig& config);

}  // namespace packrat
