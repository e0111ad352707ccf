#include "models/safetensors.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>

#include "engine/core/error.h"

namespace packrat {
namespace {

using nlohmann::ordered_json;

struct TypeName {
  const char* text;
  at::ScalarType type;
};
constexpr TypeName kTypes[] = {{"F64", at::kDouble},    {"F32", at::kFloat}, {"F16", at::kHalf},
                               {"BF16", at::kBFloat16}, {"I64", at::kLong},  {"I32", at::kInt},
                               {"I16", at::kShort},     {"I8", at::kChar},   {"U8", at::kByte},
                               {"BOOL", at::kBool}};

constexpr std::uint64_t kLengthBytes = 8, kAlignment = 8;
constexpr std::int64_t kMaxDimensions = 16;

[[noreturn]] void damaged_safetensors(const std::string& what) {
  throw UserError("damaged safetensors file: " + what + "; get or make the file again");
}

struct TensorPlace {
  std::string name;
  at::ScalarType type;
  std::vector<std::int64_t> shape;
  std::uint64_t begin, end;
};

at::ScalarType type_called(const std::string& name, const ordered_json& text) {
  for (const TypeName& known : kTypes)
    if (text == known.text) return known.type;
  damaged_safetensors(fmt::format(
      "tensor '{}' has a type Packrat does not read; types are F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL",
      name));
}

// Bytes of a tensor of this shape, or the end of the scale when that overflows.
std::uint64_t bytes_of(const std::vector<std::int64_t>& shape, at::ScalarType type) {
  constexpr std::uint64_t kTooMany = std::numeric_limits<std::int64_t>::max();
  std::uint64_t bytes = c10::elementSize(type);
  for (const std::int64_t side : shape) {
    if (side != 0 && bytes > kTooMany / static_cast<std::uint64_t>(side)) return kTooMany;
    bytes *= static_cast<std::uint64_t>(side);
  }
  return bytes;
}

std::uint64_t natural(const std::string& name, const ordered_json& number) {
  if (!number.is_number_unsigned() || number.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max())
    damaged_safetensors(fmt::format("tensor '{}' has a shape or an offset that is not a whole number", name));
  return number.get<std::uint64_t>();
}

TensorPlace place_of(const std::string& name, const ordered_json& entry, std::uint64_t data_bytes) {
  const auto is_list = [&](const char* key) { return entry.contains(key) && entry[key].is_array(); };
  if (!entry.is_object() || !entry.contains("dtype") || !is_list("shape") || !is_list("data_offsets") ||
      entry["data_offsets"].size() != 2 || entry["shape"].size() > kMaxDimensions)
    damaged_safetensors(fmt::format("the header's entry of tensor '{}' is incomplete", name));
  TensorPlace place{name,
                    type_called(name, entry["dtype"]),
                    {},
                    natural(name, entry["data_offsets"][0]),
                    natural(name, entry["data_offsets"][1])};
  for (const ordered_json& side : entry["shape"])
    place.shape.push_back(static_cast<std::int64_t>(natural(name, side)));
  if (place.begin > place.end || place.end > data_bytes)
    damaged_safetensors(
        fmt::format("tensor '{}' lies at bytes {} to {} of {}", name, place.begin, place.end, data_bytes));
  if (place.end - place.begin != bytes_of(place.shape, place.type))
    damaged_safetensors(
        fmt::format("tensor '{}' ({}) has {} bytes", name, shape_text(place.shape), place.end - place.begin));
  return place;
}

void refuse_overlaps(std::vector<TensorPlace> places) {
  std::sort(places.begin(), places.end(), [](const auto& a, const auto& b) {
    return std::make_pair(a.begin, a.end) < std::make_pair(b.begin, b.end);
  });
  for (std::size_t i = 1; i < places.size(); ++i)
    if (places[i].begin < places[i - 1].end)
      damaged_safetensors(fmt::format("tensors '{}' and '{}' overlap", places[i - 1].name, places[i].name));
}

std::map<std::string, std::string> metadata_of(const ordered_json& entry) {
  std::map<std::string, std::string> metadata;
  if (!entry.is_object()) damaged_safetensors("its __metadata__ is not an object");
  for (const auto& [key, value] : entry.items()) {
    if (!value.is_string()) damaged_safetensors(fmt::format("its metadata '{}' is not text", key));
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

std::uint64_t header_bytes(ByteView file) {
  std::uint64_t length = 0;
  if (file.size >= kLengthBytes) std::memcpy(&length, file.data, kLengthBytes);
  return length;
}

// A parser callback that refuses what JSON allows and safetensors does not: deep nesting, and a name given
// twice.
class HeaderGuard {
 public:
  bool operator()(int depth, ordered_json::parse_event_t event, ordered_json& value) {
    if (depth > 3) damaged_safetensors("its header is nested too deeply");
    if (event == ordered_json::parse_event_t::key && depth == 1 &&
        !names_.insert(value.get<std::string>()).second)
      damaged_safetensors(fmt::format("the name '{}' appears twice", value.get<std::string>()));
    return true;
  }

 private:
  std::set<std::string> names_;
};

const char* type_name(const std::string& name, at::ScalarType type) {
  for (const TypeName& known : kTypes)
    if (type == known.type) return known.text;
  throw UserError(fmt::format("safetensors files hold no {} tensors such as '{}': convert it first",
                              c10::toString(type), name));
}

}  // namespace

bool looks_like_safetensors(ByteView file) {
  return file.size > kLengthBytes && file.data[kLengthBytes] == '{';
}

WeightsFile parse_safetensors(ByteView file) {
  const std::uint64_t length = header_bytes(file);
  if (file.size < kLengthBytes || length > file.size - kLengthBytes)
    damaged_safetensors(fmt::format("its header of {} bytes does not fit into {} bytes; it may be truncated",
                                    length, file.size));
  const char* const text = reinterpret_cast<const char*>(file.data) + kLengthBytes;
  ordered_json header;
  try {
    header = ordered_json::parse(text, text + length, HeaderGuard());
  } catch (const nlohmann::json::exception&) {
    damaged_safetensors("its header is not JSON");
  }
  if (!header.is_object()) damaged_safetensors("its header is not a JSON object");

  const std::uint8_t* const data = file.data + kLengthBytes + length;
  const std::uint64_t data_bytes = file.size - kLengthBytes - length;
  WeightsFile out;
  std::vector<TensorPlace> places;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__")
      out.metadata = metadata_of(entry);
    else
      places.push_back(place_of(name, entry, data_bytes));
  }
  refuse_overlaps(places);
  for (const TensorPlace& place : places) {
    at::Tensor tensor = at::empty(place.shape, place.type);
    if (place.end > place.begin) std::memcpy(tensor.data_ptr(), data + place.begin, place.end - place.begin);
    out.tensors.emplace_back(place.name, tensor);
  }
  return out;
}

void emit_safetensors(std::ostream& out, const StateDict& tensors,
                      const std::map<std::string, std::string>& metadata) {
  ordered_json header = ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    if (name == "__metadata__" || header.contains(name))
      throw UserError(fmt::format("two tensors cannot both be called '{}' in a safetensors file", name));
    const std::uint64_t end = offset + bytes_of(tensor.sizes().vec(), tensor.scalar_type());
    header[name] = {{"dtype", type_name(name, tensor.scalar_type())},
                    {"shape", tensor.sizes().vec()},
                    {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.append((kAlignment - text.size() % kAlignment) % kAlignment, ' ');
  const std::uint64_t length = text.size();
  out.write(reinterpret_cast<const char*>(&length), sizeof length);
  out << text;
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor flat = tensor.detach().to(at::kCPU).contiguous();
    out.write(static_cast<const char*>(flat.data_ptr()), static_cast<std::streamsize>(flat.nbytes()));
  }
}

}  // namespace packrat
