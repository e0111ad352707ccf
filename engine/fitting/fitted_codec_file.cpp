#include <algorithm>

#include "engine/core/files.h"
#include "engine/fitting/fitted_codec.h"
#include "models/weights_dir.h"

namespace packrat {

FittedCodec load_fitted_codec(const std::filesystem::path& path) {
  const MappedFile file(path);
  return read_fitted_codec(file.bytes(), path.string(), [&] {
    const std::vector<std::string>& shipped = shipped_digests();
    return std::find(shipped.begin(), shipped.end(), sha256_of_file(path)) != shipped.end();
  });
}

}  // namespace packrat
