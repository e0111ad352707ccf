#pragma once
#include <filesystem>
#include <string_view>

namespace packrat {

/// Makes the folder and those above it, if they are not there. UserError names the folder, the system's
/// reason and the remedy, such as "choose another --out".
void make_folder(const std::filesystem::path& folder, std::string_view remedy = "choose another");

}  // namespace packrat
