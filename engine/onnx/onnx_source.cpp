#include "engine/onnx/onnx_source.h"

#include <system_error>

#include "engine/core/error.h"

namespace packrat {
namespace {

constexpr std::string_view kOnnx = "onnx:";

}  // namespace

bool names_onnx_file(std::string_view encoder) {
  return encoder.substr(0, kOnnx.size()) == kOnnx;
}

OnnxSource onnx_source(std::string_view encoder) {
  const std::string text(encoder.substr(kOnnx.size()));
  std::error_code failed;
  const std::size_t at = text.rfind('@');
  OnnxSource source{text, ""};
  if (at != std::string::npos && !std::filesystem::exists(text, failed))
    source = {text.substr(0, at), text.substr(at + 1)};
  if (source.file.empty())
    throw UserError("--encoder onnx: names no file: give one, such as onnx:resnet18.onnx");
  return source;
}

}  // namespace packrat
