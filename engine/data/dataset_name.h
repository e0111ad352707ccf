#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace packrat {

// What a data set is called, told from the text alone: no data are looked at.

/// Whether the text is "folder:DIR", a folder of pictures.
bool names_image_folder(std::string_view text);

/// DIR of such a text, absolute, without "." and ".." and without a slash at its end. UserError when it is
/// empty.
std::filesystem::path image_folder_path(std::string_view text);

/// Whether the text is "features:DIR" or "features:TRAIN,TEST", features from files.
bool names_features(std::string_view text);

/// Where those are: a folder, and `test` empty, or two files.
struct FeaturePaths {
  std::filesystem::path train, test;
};
/// Of such a text, absolute as image_folder_path(). A comma parts two files when .safetensors, .npz or .npy
/// stands in front of it and at the end. UserError when it names nothing.
FeaturePaths feature_paths(std::string_view text);

/// The one name of a data set, however it was typed: "cifar10" for "CIFAR10", "folder:/data/pets" for
/// "folder:pets/", "features:/x/a.npz,/x/b.npz". UserError for an unknown name.
std::string dataset_name(const std::string& text);

/// As the published scripts print it: "CIFAR10" for "cifar10". Folders and names that are not known stay as
/// they were typed.
std::string dataset_display_name(const std::string& text);

/// The name fit to be part of a file's name: "cifar10"; "pets-1a2b3c4d", the digits telling folders of one
/// name apart. A name that is not known comes back in lower case.
std::string dataset_file_stem(const std::string& text);

}  // namespace packrat
