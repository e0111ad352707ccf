#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace packrat {

/// Where the files that ship with Packrat lie: the environment variable PACKRAT_WEIGHTS_DIR when it is set,
/// else ../share/packrat/weights seen from the program's own folder, else models/weights of the source tree
/// it was built from. UserError when none is a folder.
std::filesystem::path weights_dir();

/// weights_dir()/name, such as "resnet34_tinyimagenet32.safetensors"; UserError when it is not there.
std::filesystem::path shipped_file(std::string_view name);

/// The weights that ship for a whole network at 32x32, "resnet18" or "resnet34"; UserError for others.
std::filesystem::path shipped_weights(std::string_view architecture);

/// SHA-256 of the files that ship from before files carried a checksum.
const std::vector<std::string>& shipped_digests();

}  // namespace packrat
