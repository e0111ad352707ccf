#include "compressors/value_coder.h"

#include <algorithm>
#include <cstring>

#include "compressors/kernels/quantize.h"
#include "compressors/kernels/sparse.h"

namespace packrat {

ValueCoder::ValueCoder(const Domain& domain)
    : pixels_(domain.pixels), plane_(domain.shape[1] * domain.shape[2]) {
  if (!pixels_) return;
  level_.resize(static_cast<std::size_t>(domain.shape[0]));
  for (std::size_t c = 0; c < level_.size(); ++c) {
    scale_[c] = domain.std[c] * 255.0f;
    shift_[c] = domain.mean[c] * 255.0f + 0.5f;  // so that truncation rounds
    for (int p = 0; p < 256; ++p)
      level_[c][static_cast<std::size_t>(p)] =
          normalised_pixel(static_cast<std::uint8_t>(p), domain.mean[c], domain.std[c]);
  }
}

std::uint8_t ValueCoder::to_pixel(float value, std::size_t channel) const {
  const float pixel = value * scale_[channel] + shift_[channel];
  return static_cast<std::uint8_t>(std::min(std::max(pixel, 0.0f), 255.0f));
}

void ValueCoder::write_row(const float* values, std::int64_t n, std::uint8_t* bytes) const {
  if (!pixels_) {
    std::memcpy(bytes, values, static_cast<std::size_t>(4 * n));
    return;
  }
  for (std::size_t c = 0; c < level_.size(); ++c, values += plane_, bytes += plane_)
    for (std::int64_t i = 0; i < plane_; ++i) bytes[i] = to_pixel(values[i], c);
}

bool ValueCoder::read_row(const std::uint8_t* bytes, std::int64_t n, float* values) const {
  if (!pixels_) {
    std::memcpy(values, bytes, static_cast<std::size_t>(4 * n));
    return kernels::all_finite(values, n);
  }
  for (std::size_t c = 0; c < level_.size(); ++c, values += plane_, bytes += plane_)
    kernels::unpack_lookup(bytes, plane_, 8, level_[c].data(), values);
  return true;
}

void ValueCoder::write_at(const float* row, const std::uint16_t* at, std::int64_t count,
                          std::uint8_t* bytes) const {
  std::size_t channel = 0;
  std::int64_t end = plane_;  // of the channel
  for (std::int64_t j = 0; j < count; ++j) {
    for (; pixels_ && at[j] >= end; end += plane_) ++channel;
    if (pixels_)
      bytes[j] = to_pixel(row[at[j]], channel);
    else
      std::memcpy(bytes + 4 * j, row + at[j], 4);
  }
}

bool ValueCoder::read_at(const std::uint8_t* bytes, const std::uint16_t* at, std::int64_t count,
                         std::int64_t n, float* row) const {
  if (!pixels_) {
    kernels::scatter_coordinates(at, bytes, count, n, row);
    return kernels::all_finite(row, n);
  }
  std::size_t channel = 0;
  std::int64_t end = plane_;
  std::fill(row, row + n, 0.0f);
  for (std::int64_t j = 0; j < count; ++j) {
    for (; at[j] >= end; end += plane_) ++channel;
    row[at[j]] = level_[channel][bytes[j]];
  }
  return true;
}

}  // namespace packrat
