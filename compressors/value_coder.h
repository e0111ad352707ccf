#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "compressors/codec.h"

namespace packrat {

/// Single values as bytes: float32, little-endian, for feature maps; the original uint8 pixel for images.
/// Shared by the stages that store values as they are.
class ValueCoder {
 public:
  explicit ValueCoder(const Domain& domain);

  std::int64_t value_bytes() const { return pixels_ ? 1 : 4; }

  /// Writes values[0 .. n-1] of a whole row. A normalised pixel becomes its byte; anything else in the pixel
  /// domain the byte whose normalised value is nearest.
  void write_row(const float* values, std::int64_t n, std::uint8_t* bytes) const;
  /// Reads a whole row. False when a float32 is NaN or infinite, which is never written.
  bool read_row(const std::uint8_t* bytes, std::int64_t n, float* values) const;

  /// Writes row[at[j]] for j < count, and reads them back to the same places of a row of n values, 0
  /// elsewhere. at: ascending elements of the domain. read_at() is false when a float32 is NaN or infinite.
  void write_at(const float* row, const std::uint16_t* at, std::int64_t count, std::uint8_t* bytes) const;
  bool read_at(const std::uint8_t* bytes, const std::uint16_t* at, std::int64_t count, std::int64_t n,
               float* row) const;

 private:
  std::uint8_t to_pixel(float value, std::size_t channel) const;

  bool pixels_;
  std::int64_t plane_;  // values per channel
  std::array<float, 3> scale_{}, shift_{};
  std::vector<std::array<float, 256>> level_;  // by channel: what each byte reads back as
};

}  // namespace packrat
