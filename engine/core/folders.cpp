#include "engine/core/folders.h"

#include <fmt/format.h>

#include "engine/core/error.h"

namespace packrat {

void make_folder(const std::filesystem::path& folder, std::string_view remedy) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed)
    throw UserError(
        fmt::format("cannot create folder {}: {}; {}", folder.string(), failed.message(), remedy));
}

}  // namespace packrat
