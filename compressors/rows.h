#pragma once
#include <array>
#include <cstdint>

namespace packrat {

/// A float32 matrix that somebody else owns: `count` rows of `width` values, contiguous; one row per image.
struct Rows {
  float* data = nullptr;
  std::int64_t count = 0;
  std::int64_t width = 0;
  float* row(std::int64_t i) const { return data + i * width; }
};
struct ConstRows {
  ConstRows(const float* d, std::int64_t c, std::int64_t w) : data(d), count(c), width(w) {}
  ConstRows(const Rows& rows)
      : data(rows.data), count(rows.count), width(rows.width) {}  // NOLINT: a view of a view
  const float* data = nullptr;
  std::int64_t count = 0;
  std::int64_t width = 0;
  const float* row(std::int64_t i) const { return data + i * width; }
};

/// What one row is: a feature map, or an image whose pixels were scaled to [0,1] and normalised channel by
/// channel.
struct Domain {
  std::array<std::int64_t, 3> shape{};  ///< channels, height, width
  bool pixels = false;                  ///< rows are (p/255 - mean[c]) / std[c] of uint8 pixels p
  std::array<float, 3> mean{}, std{};   ///< only meaningful for pixels: by channel, std > 0
  std::int64_t values() const { return shape[0] * shape[1] * shape[2]; }
};

/// The one definition of a normalised pixel: (p/255 - mean) / std, every operation rounded to float32. Pixel
/// codecs read a stored byte back as exactly this value.
inline float normalised_pixel(std::uint8_t p, float mean, float std) {
  return (static_cast<float>(p) / 255.0f - mean) / std;
}

}  // namespace packrat
