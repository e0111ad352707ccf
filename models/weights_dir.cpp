#include "models/weights_dir.h"

#include <string>

#include "engine/core/shipped_files.h"

namespace packrat {
namespace {

constexpr ShippedFolder kWeights{"PACKRAT_WEIGHTS_DIR", "weights", "models/weights", "the shipped weights"};

}  // namespace

std::filesystem::path weights_dir() {
  return shipped_folder(kWeights);
}

std::filesystem::path shipped_file(std::string_view name) {
  return shipped_file(kWeights, name);
}

std::filesystem::path shipped_weights(std::string_view architecture) {
  return shipped_file(std::string(architecture) + "_tinyimagenet32.safetensors");
}

}  // namespace packrat
