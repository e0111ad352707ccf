#include "engine/core/safetensors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <unordered_set>

#include "engine/core/checksum.h"
#include "engine/core/error.h"
#include "engine/core/safetensors_header.h"

namespace packrat {
namespace {

struct ElementType {
  const char* name;
  std::uint64_t bytes;
};
constexpr ElementType kElementTypes[] = {{"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"I64", 8},
                                         {"I32", 4}, {"I16", 2}, {"I8", 1},  {"U8", 1},   {"BOOL", 1}};

constexpr std::uint64_t kLengthBytes = 8, kAlignment = 8, kMaxHeaderBytes = 100'000'000;
constexpr std::size_t kSealDigits = 16;
constexpr const char *kFormatKey = "packrat_format", *kFormat = "1", *kSealKey = "packrat_xxh3";

std::optional<std::uint64_t> element_bytes(std::string_view type) {
  for (const ElementType& known : kElementTypes)
    if (type == known.name) return known.bytes;
  return std::nullopt;
}

// Bytes of a tensor of this shape, or the end of the scale when that overflows.
std::uint64_t bytes_of(const std::vector<std::int64_t>& shape, std::uint64_t element) {
  constexpr std::uint64_t kTooMany = std::numeric_limits<std::int64_t>::max();
  std::uint64_t bytes = element;
  for (const std::int64_t side : shape) {
    if (side != 0 && bytes > kTooMany / static_cast<std::uint64_t>(side)) return kTooMany;
    bytes *= static_cast<std::uint64_t>(side);
  }
  return bytes;
}

void check_place(const SafetensorsEntry& entry, std::uint64_t data_bytes) {
  if (entry.begin > entry.end || entry.end > data_bytes)
    damaged_safetensors(fmt::format("tensor '{}' lies at bytes {} to {} of {}", entry.name, entry.begin,
                                    entry.end, data_bytes));
  const auto element = element_bytes(entry.type);
  if (element && entry.end - entry.begin != bytes_of(entry.shape, *element))
    damaged_safetensors(
        fmt::format("tensor '{}' ({}) has {} bytes", entry.name,
                    entry.shape.empty() ? "scalar" : fmt::format("{}", fmt::join(entry.shape, "x")),
                    entry.end - entry.begin));
}

void refuse_overlaps(const std::vector<SafetensorsEntry>& entries) {
  std::vector<const SafetensorsEntry*> places;
  for (const SafetensorsEntry& entry : entries) places.push_back(&entry);
  std::sort(places.begin(), places.end(), [](const auto* a, const auto* b) {
    return std::make_pair(a->begin, a->end) < std::make_pair(b->begin, b->end);
  });
  for (std::size_t i = 1; i < places.size(); ++i)
    if (places[i]->begin < places[i - 1]->end)
      damaged_safetensors(fmt::format("tensors '{}' and '{}' overlap", places[i - 1]->name, places[i]->name));
}

std::string_view header_text(ByteView file) {
  std::uint64_t length = 0;
  if (file.size >= kLengthBytes) std::memcpy(&length, file.data, kLengthBytes);
  if (file.size < kLengthBytes || length > file.size - kLengthBytes)
    damaged_safetensors(fmt::format("its header of {} bytes does not fit into {} bytes; it may be truncated",
                                    length, file.size));
  if (length > kMaxHeaderBytes)
    throw UserError(fmt::format(
        "its safetensors header has {} bytes, but the format allows {}: leave out what is not needed", length,
        kMaxHeaderBytes));
  return {reinterpret_cast<const char*>(file.data) + kLengthBytes, length};
}

/// Where the digits of the seal begin in a header. A quotation mark inside a string of JSON has a backslash
/// before it, so that this text is found nowhere but at the key itself.
std::size_t seal_place(std::string_view header) {
  const std::string before = fmt::format("\"{}\":\"", kSealKey);
  const std::size_t found = header.find(before);
  return found == std::string_view::npos ? found : found + before.size();
}

/// `before` and `after`: the file's bytes around the seal's digits.
std::string seal_of(const std::vector<ByteView>& before, const std::vector<ByteView>& after) {
  static constexpr std::uint8_t kZeros[kSealDigits + 1] = "0000000000000000";
  Checksum sum;
  for (const ByteView piece : before) sum.update(piece);
  sum.update({kZeros, kSealDigits});
  for (const ByteView piece : after) sum.update(piece);
  return fmt::format("{:016x}", sum.value());
}

/// Takes the seal out of the metadata; whether there was one. UserError when it is not that of these bytes.
bool take_seal(ByteView file, std::string_view header, std::map<std::string, std::string>& metadata) {
  const auto format = metadata.find(kFormatKey), seal = metadata.find(kSealKey);
  if (format == metadata.end() && seal == metadata.end()) return false;
  const std::size_t place = seal_place(header);
  if (format == metadata.end() || seal == metadata.end() || format->second != kFormat ||
      seal->second.size() != kSealDigits || place == std::string_view::npos)
    damaged_safetensors("its checksum is incomplete");
  const std::size_t digits = kLengthBytes + place;
  const ByteView before{file.data, digits};
  const ByteView after{file.data + digits + kSealDigits, file.size - digits - kSealDigits};
  if (seal->second != seal_of({before}, {after}))
    damaged_safetensors(
        fmt::format("its bytes are not those that were written (a program that changes it on purpose must "
                    "leave {} and {} out of its metadata)",
                    kFormatKey, kSealKey));
  metadata.erase(format);
  metadata.erase(seal);
  return true;
}

}  // namespace

bool looks_like_safetensors(ByteView file) {
  return file.size > kLengthBytes && file.data[kLengthBytes] == '{';
}

SafetensorsFile parse_safetensors(ByteView file) {
  const std::string_view text = header_text(file);
  SafetensorsHeader header = read_safetensors_header(text);
  const ByteView data{file.data + kLengthBytes + text.size(), file.size - kLengthBytes - text.size()};
  for (const SafetensorsEntry& entry : header.entries) check_place(entry, data.size);
  refuse_overlaps(header.entries);
  SafetensorsFile out;
  out.sealed = take_seal(file, text, header.metadata);
  out.metadata = std::move(header.metadata);
  for (SafetensorsEntry& entry : header.entries)
    out.tensors.push_back({std::move(entry.name),
                           std::move(entry.type),
                           std::move(entry.shape),
                           {data.data + entry.begin, static_cast<std::size_t>(entry.end - entry.begin)}});
  return out;
}

std::string safetensors_header(const std::vector<SafetensorsTensor>& tensors,
                               const std::map<std::string, std::string>& metadata) {
  // Not a JSON object: its search for a name takes time linear in the number of names.
  std::unordered_set<std::string> names{"__metadata__"};
  std::string text = fmt::format("{{\"__metadata__\":{}", nlohmann::json(metadata).dump());
  std::uint64_t offset = 0;
  for (const SafetensorsTensor& tensor : tensors) {
    if (!names.insert(tensor.name).second)
      throw UserError(
          fmt::format("two tensors cannot both be called '{}' in a safetensors file", tensor.name));
    const std::uint64_t end = offset + tensor.bytes.size;
    const nlohmann::ordered_json entry{
        {"dtype", tensor.type}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    text += fmt::format(",{}:{}", nlohmann::json(tensor.name).dump(), entry.dump());
    offset = end;
  }
  text += '}';
  text.append((kAlignment - text.size() % kAlignment) % kAlignment, ' ');
  const std::uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + text;
}

void emit_safetensors(std::ostream& out, const std::vector<SafetensorsTensor>& tensors,
                      const std::map<std::string, std::string>& metadata) {
  std::map<std::string, std::string> sealed = metadata;
  sealed[kFormatKey] = kFormat;
  sealed[kSealKey] = std::string(kSealDigits, '0');
  std::string header = safetensors_header(tensors, sealed);
  const auto part = [&](std::size_t begin, std::size_t end) {
    return ByteView{reinterpret_cast<const std::uint8_t*>(header.data()) + begin, end - begin};
  };
  const std::size_t digits = seal_place(header);
  std::vector<ByteView> after{part(digits + kSealDigits, header.size())};
  for (const SafetensorsTensor& tensor : tensors) after.push_back(tensor.bytes);
  const std::string seal = seal_of({part(0, digits)}, after);
  std::copy(seal.begin(), seal.end(), header.begin() + static_cast<std::ptrdiff_t>(digits));
  out << header;
  for (const SafetensorsTensor& tensor : tensors)
    out.write(reinterpret_cast<const char*>(tensor.bytes.data),
              static_cast<std::streamsize>(tensor.bytes.size));
}

void damaged_safetensors(const std::string& what) {
  throw CorruptEntry("damaged safetensors file: " + what);
}

}  // namespace packrat
