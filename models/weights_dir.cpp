#include "models/weights_dir.h"

#include <string>

namespace packrat {

std::filesystem::path weights_dir() {
  return shipped_folder(kShippedWeights);
}

std::filesystem::path shipped_file(std::string_view name) {
  return shipped_file(kShippedWeights, name);
}

std::filesystem::path shipped_weights(std::string_view architecture) {
  return shipped_file(std::string(architecture) + "_tinyimagenet32.safetensors");
}

}  // namespace packrat
