#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "engine/core/error.h"

namespace packrat {

inline constexpr double kBytesPerMiB = 1024.0 * 1024.0;

/// A look at bytes that somebody else owns.
struct ByteView {
  const std::uint8_t* data = nullptr;
  std::size_t size = 0;
};

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "entries and files are little-endian");

/// Appends values, little-endian, to a vector of bytes that it does not own.
class ByteWriter {
 public:
  explicit ByteWriter(std::vector<std::uint8_t>& out) : out_(out) {}

  template <typename T>
  void value(T v) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes(&v, sizeof v);
  }
  void bytes(const void* data, std::size_t size) {
    const auto* p = static_cast<const std::uint8_t*>(data);
    out_.insert(out_.end(), p, p + size);
  }

 private:
  std::vector<std::uint8_t>& out_;
};

/// Reads what ByteWriter wrote. Reading past the end throws CorruptEntry.
class ByteReader {
 public:
  explicit ByteReader(ByteView view) : view_(view) {}

  template <typename T>
  T value() {
    static_assert(std::is_trivially_copyable_v<T>);
    T v;
    std::memcpy(&v, bytes(sizeof v), sizeof v);
    return v;
  }
  /// The next `size` bytes, in place.
  const std::uint8_t* bytes(std::size_t size) {
    if (size > left())
      throw CorruptEntry("needs " + std::to_string(size) + " more bytes, but only " + std::to_string(left()) +
                         " are left");
    const std::uint8_t* p = view_.data + position_;
    position_ += size;
    return p;
  }
  std::size_t left() const { return view_.size - position_; }

 private:
  ByteView view_;
  std::size_t position_ = 0;
};

/// LEB128: 7 bits of a number a byte, lowest first, the high bit set on all but the last. At most 10 bytes.
std::int64_t leb128_bytes(std::uint64_t number);
/// Returns the byte behind the number.
std::uint8_t* write_leb128(std::uint8_t* at, std::uint64_t number);
/// CorruptEntry when the number does not end within 63 bits.
std::uint64_t read_leb128(ByteReader& reader);

/// "1536000", "600KiB", "1.5MiB", "2 GB" -> bytes. KiB/MiB/GiB are powers of 1024, KB/MB/GB powers of 1000.
/// UserError, which calls the text `what` ("--memory_bytes"), for anything else and for values below 1.
std::int64_t parse_byte_size(std::string_view text, std::string_view what = "byte size");

/// 1536000 -> "1.46 MiB".
std::string format_byte_size(std::int64_t bytes);

}  // namespace packrat
