#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace packrat {

/// An ONNX file, and the tensor in it that is wanted.
struct OnnxSource {
  std::filesystem::path file;
  std::string output;  ///< empty: the file's only output
};

/// Whether --encoder is "onnx:FILE" or "onnx:FILE@OUTPUT".
bool names_onnx_file(std::string_view encoder);

/// FILE and OUTPUT of such a text; an @ in the name of a file that is there is no separator. UserError when
/// it names no file.
OnnxSource onnx_source(std::string_view encoder);

}  // namespace packrat
