#include "engine/buffer/file_header.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/files.h"

namespace packrat {
namespace {

constexpr char kMagic[8] = {'P', 'A', 'C', 'K', 'R', 'A', 'T', '\0'};
constexpr std::size_t kChecksumAt = 16;
constexpr std::size_t kDescriptorAt = 40;

std::uint64_t header_checksum(std::vector<std::uint8_t> header) {
  std::fill_n(header.begin() + kChecksumAt, 8, std::uint8_t{0});
  return checksum({header.data(), header.size()});
}

}  // namespace

std::vector<std::uint8_t> FileHeader::encode() const {
  constexpr std::size_t room = kBytes - kDescriptorAt;
  if (descriptor.size() > room)
    throw UserError(fmt::format(
        "the description of the buffer takes {} bytes, its file has room for {}: shorten the names of data "
        "set, encoder, cut or weights",
        descriptor.size(), room));
  std::vector<std::uint8_t> header;
  ByteWriter out(header);
  out.bytes(kMagic, sizeof kMagic);
  out.value(version);
  out.value(static_cast<std::uint32_t>(descriptor.size()));
  out.value(std::uint64_t{0});
  out.value(body_checksum);
  out.value(body_bytes);
  out.bytes(descriptor.data(), descriptor.size());
  header.resize(kBytes, 0);
  const std::uint64_t sum = header_checksum(header);
  std::memcpy(header.data() + kChecksumAt, &sum, sizeof sum);
  return header;
}

FileHeader FileHeader::decode(ByteView file, const std::string& name) {
  if (file.size < sizeof kMagic || std::memcmp(file.data, kMagic, sizeof kMagic) != 0)
    throw UserError(fmt::format("{} is not a Packrat buffer file", name));
  if (file.size < kBytes)
    throw UserError(
        fmt::format("{} is cut short: {} bytes, the header alone has {}", name, file.size, kBytes));
  ByteReader reader({file.data + sizeof kMagic, kBytes - sizeof kMagic});
  const auto version = reader.value<std::uint32_t>();
  if (version > kVersion)
    throw UserError(fmt::format(
        "{} was written by a newer Packrat (format {}, this program reads {}): update the program", name,
        version, kVersion));
  const auto length = reader.value<std::uint32_t>();
  const auto sum = reader.value<std::uint64_t>();
  FileHeader header;
  header.version = version;
  header.body_checksum = reader.value<std::uint64_t>();
  header.body_bytes = reader.value<std::uint64_t>();
  if (version == 0 || length > reader.left() ||
      sum != header_checksum(std::vector<std::uint8_t>(file.data, file.data + kBytes)))
    throw UserError(fmt::format("{} is damaged: its header was altered; save the buffer again", name));
  header.descriptor.assign(reinterpret_cast<const char*>(reader.bytes(length)), length);
  return header;
}

}  // namespace packrat
