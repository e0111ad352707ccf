#include "engine/studies/sparsify/packed_file.h"

#include <fmt/format.h>

#include <fstream>
#include <string_view>

#include "engine/core/files.h"

namespace packrat {
namespace {

constexpr std::string_view kMagic = "PKSPARSE";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kAround =
    2 * sizeof(std::uint32_t) + sizeof(std::uint64_t);  // version, length, checksum

}  // namespace

std::vector<std::uint8_t> seal_packed_file(const std::string& description,
                                           const std::vector<std::uint8_t>& body) {
  std::vector<std::uint8_t> file;
  file.reserve(kMagic.size() + kAround + description.size() + body.size());
  ByteWriter writer(file);
  writer.bytes(kMagic.data(), kMagic.size());
  writer.value(kVersion);
  writer.value(static_cast<std::uint32_t>(description.size()));
  writer.bytes(description.data(), description.size());
  writer.bytes(body.data(), body.size());
  writer.value(checksum({file.data(), file.size()}));
  return file;
}

PackedFile open_packed_file(ByteView file) {
  ByteReader reader(file);
  const auto* magic = reinterpret_cast<const char*>(reader.bytes(kMagic.size()));
  if (std::string_view(magic, kMagic.size()) != kMagic)
    throw CorruptEntry("it does not begin like a packed network");
  const auto version = reader.value<std::uint32_t>();
  if (version != kVersion)
    throw CorruptEntry(fmt::format("it has version {}, this program reads {}", version, kVersion));
  if (reader.left() < sizeof(std::uint64_t)) throw CorruptEntry("it is cut short");
  const std::size_t sealed = file.size - sizeof(std::uint64_t);
  ByteReader end({file.data + sealed, sizeof(std::uint64_t)});
  if (end.value<std::uint64_t>() != checksum({file.data, sealed}))
    throw CorruptEntry("its checksum does not fit: it was cut or altered");
  ByteReader inside({file.data, sealed});
  inside.bytes(file.size - reader.left());
  const auto length = inside.value<std::uint32_t>();
  const auto* text = reinterpret_cast<const char*>(inside.bytes(length));
  const std::size_t body = inside.left();
  return {std::string(text, length), {inside.bytes(body), body}};
}

bool begins_like_packed_file(const std::filesystem::path& path) {
  std::string start(kMagic.size(), '\0');
  std::ifstream(path, std::ios::binary).read(start.data(), static_cast<std::streamsize>(start.size()));
  return start == kMagic;
}

}  // namespace packrat
