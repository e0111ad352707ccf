#include "engine/data/orientation.h"

#include <cstring>

namespace packrat {
namespace {

constexpr int kUpright = 1;
constexpr std::size_t kChunkHead = 8, kRiffHead = 12;  // "RIFF", size, "WEBP"

bool has_text(ByteView file, std::size_t at, const char* text) {
  const std::size_t size = std::strlen(text);
  return at + size <= file.size && std::memcmp(file.data + at, text, size) == 0;
}

/// Numbers of a TIFF file, which says its byte order itself. CorruptEntry beyond its end.
class TiffNumbers {
 public:
  explicit TiffNumbers(ByteView file) : file_(file), big_endian_(has_text(file, 0, "MM")) {}

  std::uint32_t number(std::size_t at, std::size_t bytes) const {
    if (at > file_.size || bytes > file_.size - at) throw CorruptEntry("a number beyond the end");
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i)
      value = value << 8 | file_.data[at + (big_endian_ ? i : bytes - 1 - i)];
    return value;
  }

 private:
  ByteView file_;
  bool big_endian_;
};

/// Of the first directory of a TIFF file, which is what EXIF data are.
int orientation_in(ByteView tiff) {
  constexpr std::uint32_t kTag = 0x0112;
  constexpr std::size_t kEntry = 12;
  const TiffNumbers numbers(tiff);
  const std::size_t directory = numbers.number(4, 4);
  const std::uint32_t entries = numbers.number(directory, 2);
  for (std::uint32_t i = 0; i < entries; ++i) {
    const std::size_t at = directory + 2 + i * kEntry;
    if (numbers.number(at, 2) != kTag) continue;
    const std::uint32_t value = numbers.number(at + 8, 2);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : kUpright;
  }
  return kUpright;
}

}  // namespace

int webp_orientation(ByteView file) {
  if (!has_text(file, 0, "RIFF") || !has_text(file, 8, "WEBP")) return kUpright;
  for (std::size_t at = kRiffHead; at + kChunkHead <= file.size;) {
    std::uint32_t size = 0;
    std::memcpy(&size, file.data + at + 4, sizeof size);
    const std::size_t begin = at + kChunkHead;
    if (size > file.size - begin) return kUpright;
    if (has_text(file, at, "EXIF")) {
      // Some programs write the name that JPEG files have in front of it.
      const std::size_t skip = size >= 6 && has_text(file, begin, "Exif") ? 6 : 0;
      try {
        return orientation_in({file.data + begin + skip, size - skip});
      } catch (const CorruptEntry&) {
        return kUpright;
      }
    }
    at = begin + size + size % 2;
  }
  return kUpright;
}

}  // namespace packrat
