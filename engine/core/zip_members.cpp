#include "engine/core/zip_members.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>

#include "engine/core/error.h"
#include "engine/core/utf8.h"

namespace packrat {
namespace {

constexpr std::uint32_t kEndMark = 0x06054b50, kEntryMark = 0x02014b50, kLocalMark = 0x04034b50,
                        kBigEndMark = 0x06064b50, kBigLocatorMark = 0x07064b50;
constexpr std::size_t kEndBytes = 22, kLocatorBytes = 20, kLocalBytes = 30, kMostComment = 65535;
constexpr std::uint16_t kStored = 0, kDeflated = 8, kBigSizes = 1;
constexpr std::uint32_t kIsBig = 0xFFFFFFFF;
constexpr std::uint64_t kMostRatio = 1032;  // of deflate

[[noreturn]] void damaged_zip(const std::string& what) {
  throw CorruptEntry("damaged ZIP archive: " + what);
}

/// A reader that begins at `offset`, which comes from the file.
ByteReader reader_at(ByteView file, std::uint64_t offset) {
  if (offset > file.size) damaged_zip("it points behind its end; it may be truncated");
  return ByteReader({file.data + offset, file.size - static_cast<std::size_t>(offset)});
}

struct Directory {
  std::uint64_t begin = 0, entries = 0;
};

Directory find_directory(ByteView file) {
  if (file.size < kEndBytes) damaged_zip("it is too short");
  const std::size_t least = file.size - std::min(file.size, kEndBytes + kMostComment);
  for (std::size_t at = file.size - kEndBytes + 1; at-- > least;) {
    ByteReader end = reader_at(file, at);
    if (end.value<std::uint32_t>() != kEndMark) continue;
    end.bytes(6);
    Directory directory;
    directory.entries = end.value<std::uint16_t>();
    end.bytes(4);
    directory.begin = end.value<std::uint32_t>();
    if (at < kLocatorBytes) return directory;
    ByteReader locator = reader_at(file, at - kLocatorBytes);
    if (locator.value<std::uint32_t>() != kBigLocatorMark) return directory;
    locator.bytes(4);
    ByteReader big = reader_at(file, locator.value<std::uint64_t>());
    if (big.value<std::uint32_t>() != kBigEndMark)
      damaged_zip("its ZIP64 directory is not where it should be");
    big.bytes(28);
    directory.entries = big.value<std::uint64_t>();
    big.bytes(8);
    directory.begin = big.value<std::uint64_t>();
    return directory;
  }
  damaged_zip("it has no directory; it may be truncated");
}

/// The sizes and the place that did not fit into 32 bits, from the entry's extra field.
void read_big_sizes(ByteReader extra, std::uint64_t& unpacked, std::uint64_t& packed, std::uint64_t& local) {
  while (extra.left() >= 4) {
    const auto id = extra.value<std::uint16_t>(), bytes = extra.value<std::uint16_t>();
    ByteReader field({extra.bytes(bytes), bytes});
    if (id != kBigSizes) continue;
    for (std::uint64_t* const number : {&unpacked, &packed, &local})
      if (*number == kIsBig) *number = field.value<std::uint64_t>();
    return;
  }
}

ByteView packed_bytes(ByteView file, std::uint64_t local, std::uint64_t packed) {
  ByteReader header = reader_at(file, local);
  if (header.value<std::uint32_t>() != kLocalMark) damaged_zip("a member is not where its directory says");
  header.bytes(kLocalBytes - 4 - 4);
  const auto name = header.value<std::uint16_t>(), extra = header.value<std::uint16_t>();
  header.bytes(std::size_t{name} + extra);
  if (packed > header.left()) damaged_zip("a member is longer than the file; it may be truncated");
  return {header.bytes(static_cast<std::size_t>(packed)), static_cast<std::size_t>(packed)};
}

ZipMember read_entry(ByteView file, ByteReader& directory) {
  if (directory.value<std::uint32_t>() != kEntryMark) damaged_zip("its directory is no list of members");
  directory.bytes(4);
  const auto flags = directory.value<std::uint16_t>(), method = directory.value<std::uint16_t>();
  directory.bytes(4);
  ZipMember member;
  member.crc = directory.value<std::uint32_t>();
  std::uint64_t packed = directory.value<std::uint32_t>();
  member.bytes = directory.value<std::uint32_t>();
  const auto name = directory.value<std::uint16_t>(), extra = directory.value<std::uint16_t>(),
             comment = directory.value<std::uint16_t>();
  directory.bytes(8);
  std::uint64_t local = directory.value<std::uint32_t>();
  member.name.assign(reinterpret_cast<const char*>(directory.bytes(name)), name);
  read_big_sizes(ByteReader({directory.bytes(extra), extra}), member.bytes, packed, local);
  directory.bytes(comment);
  if ((flags & 1) != 0 || (method != kStored && method != kDeflated))
    throw UserError(fmt::format("its member {} is {}: save it with numpy.savez()", printable(member.name),
                                (flags & 1) != 0 ? "encrypted" : "packed in a way that is not read"));
  member.deflated = method == kDeflated;
  member.packed = packed_bytes(file, local, packed);
  if (!member.deflated && member.bytes != packed) damaged_zip("a stored member has two sizes");
  return member;
}

}  // namespace

std::vector<ZipMember> zip_members(ByteView file) try {
  const Directory place = find_directory(file);
  ByteReader directory = reader_at(file, place.begin);
  std::vector<ZipMember> members;
  for (std::uint64_t i = 0; i < place.entries; ++i) members.push_back(read_entry(file, directory));
  return members;
} catch (const CorruptEntry& error) {
  const std::string_view what = error.what();
  if (what.rfind("damaged", 0) == 0) throw;
  damaged_zip(std::string(what));
}

std::vector<std::uint8_t> inflated(const ZipMember& member) {
  const auto wrong = [&]() {
    damaged_zip(fmt::format("its member {} cannot be unpacked", printable(member.name)));
  };
  if (member.bytes > (member.packed.size + 1) * kMostRatio) wrong();
  std::vector<std::uint8_t> out(static_cast<std::size_t>(member.bytes));
  z_stream stream{};
  if (::inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw Error("zlib cannot be started");
  std::size_t in = 0, done = 0;
  int state = Z_OK;
  constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
  std::uint8_t nothing = 0;
  while (state == Z_OK) {
    const std::size_t give = std::min(kMost, member.packed.size - in),
                      room = std::min(kMost, out.size() - done);
    stream.next_in = const_cast<Bytef*>(member.packed.data + in);
    stream.avail_in = static_cast<uInt>(give);
    stream.next_out = out.empty() ? &nothing : out.data() + done;
    stream.avail_out = static_cast<uInt>(room);
    state = ::inflate(&stream, Z_NO_FLUSH);
    in += give - stream.avail_in;
    done += room - stream.avail_out;
  }
  ::inflateEnd(&stream);
  if (state != Z_STREAM_END || done != out.size()) wrong();
  return out;
}

void check_crc(const ZipMember& member, ByteView unpacked) {
  const uLong crc = ::crc32_z(::crc32_z(0, nullptr, 0), unpacked.data, unpacked.size);
  if (crc != member.crc)
    damaged_zip(
        fmt::format("the bytes of its member {} are not those that were written", printable(member.name)));
}

}  // namespace packrat
