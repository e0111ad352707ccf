#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/topology/backbone.h"
#include "models/weights_io.h"

namespace packrat {

/// The weights of an encoder, found in a file.
struct EncoderWeights {
  StateDict tensors;  ///< torchvision's names
  std::string sha256;
  std::string note;  ///< what was removed from the names in the file, for the user; empty when nothing was
};

/// Names of the tensors of an encoder: convolutions and batch norms before the cut.
std::vector<std::string> encoder_tensor_names(const Backbone& backbone, const Cut& cut);

/// Takes off what wrappers put in front of the names in `file` ("module.", "_orig_mod.", "model.",
/// "backbone.", or anything else that ends with a dot), when all of `needed` are there without it; tensors
/// that do not have it are then left out. Returns what was removed: nothing when the names fit as they are,
/// or however they are changed. Where more than one prefix fits, one made of customary wrappers alone wins
/// over others
/// ("teacher.", "encoder_q."); UserError that names them when that decides nothing.
std::string fit_names(WeightsFile& file, const std::vector<std::string>& needed);

/// Takes off wrappers' names that all tensors but scalars have in front; for files of which nothing else is
/// known. Returns what was removed.
std::string drop_wrappers(StateDict& tensors);

/// Reads weights (read_weights()) for an encoder. UserError, which names the file, when it cannot be read,
/// when the names do not fit, when the shipped weights are not those that ship, and when a tensor that is
/// needed is there in a form that cannot be used. The Encoder itself looks at shapes and values.
EncoderWeights read_encoder_weights(const std::filesystem::path& path, const Backbone& backbone,
                                    const Cut& cut);

}  // namespace packrat
