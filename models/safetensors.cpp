#include "models/safetensors.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cstring>
#include <optional>

#include "engine/core/error.h"
#include "engine/core/safetensors.h"

namespace packrat {
namespace {

struct TypeName {
  const char* text;
  at::ScalarType type;
};
constexpr TypeName kTypes[] = {{"F64", at::kDouble},    {"F32", at::kFloat}, {"F16", at::kHalf},
                               {"BF16", at::kBFloat16}, {"I64", at::kLong},  {"I32", at::kInt},
                               {"I16", at::kShort},     {"I8", at::kChar},   {"U8", at::kByte},
                               {"BOOL", at::kBool}};

std::optional<at::ScalarType> type_called(const std::string& text) {
  for (const TypeName& known : kTypes)
    if (text == known.text) return known.type;
  return std::nullopt;
}

const char* type_name(const std::string& name, at::ScalarType type) {
  for (const TypeName& known : kTypes)
    if (type == known.type) return known.text;
  throw UserError(fmt::format("safetensors files hold no {} tensors such as '{}': convert it first",
                              c10::toString(type), name));
}

}  // namespace

WeightsFile weights_from_safetensors(ByteView file) {
  SafetensorsFile parsed = parse_safetensors(file);
  WeightsFile out;
  out.sealed = parsed.sealed;
  out.metadata = std::move(parsed.metadata);
  for (SafetensorsTensor& entry : parsed.tensors) {
    const auto type = type_called(entry.type);
    if (!type) {
      out.unusable.push_back({std::move(entry.name), fmt::format("is of type {}", entry.type)});
      continue;
    }
    at::Tensor tensor = at::empty(entry.shape, *type);
    if (entry.bytes.size > 0) std::memcpy(tensor.data_ptr(), entry.bytes.data, entry.bytes.size);
    out.tensors.emplace_back(std::move(entry.name), std::move(tensor));
  }
  return out;
}

void emit_weights(std::ostream& out, const StateDict& tensors,
                  const std::map<std::string, std::string>& metadata) {
  std::vector<at::Tensor> flat;
  std::vector<SafetensorsTensor> entries;
  for (const auto& [name, tensor] : tensors) {
    flat.push_back(tensor.detach().to(at::kCPU).contiguous());
    entries.push_back({name,
                       type_name(name, tensor.scalar_type()),
                       tensor.sizes().vec(),
                       {static_cast<const std::uint8_t*>(flat.back().data_ptr()), flat.back().nbytes()}});
  }
  emit_safetensors(out, entries, metadata);
}

}  // namespace packrat
