#include "compressors/pixel_image.h"

#include <fmt/format.h>

#include <vector>

#include "compressors/stage_factory.h"
#include "engine/core/error.h"

namespace packrat {

PixelImage::PixelImage(const Domain& domain, const char* name, std::int64_t most)
    : coder_(domain),
      channels_(static_cast<int>(domain.shape[0])),
      height_(static_cast<int>(domain.shape[1])),
      width_(static_cast<int>(domain.shape[2])) {
  if ((channels_ != 1 && channels_ != 3) || height_ > most || width_ > most)
    throw UserError(
        fmt::format("codec stage '{}' stores pictures of 1 or 3 channels, at most {} pixels either way, not "
                    "{}x{}x{}: use another codec",
                    name, most, channels_, height_, width_));
}

cv::Mat PixelImage::from_row(const float* row) const {
  const int plane = height_ * width_;
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(channels_ * plane));
  coder_.write_row(row, channels_ * plane, bytes.data());
  cv::Mat picture = blank();
  for (int c = 0; c < channels_; ++c)  // red, green, blue become blue, green, red
    for (int i = 0; i < plane; ++i)
      picture.data[i * channels_ + channels_ - 1 - c] = bytes[static_cast<std::size_t>(c * plane + i)];
  return picture;
}

bool PixelImage::to_row(const cv::Mat& picture, float* row) const {
  if (picture.rows != height_ || picture.cols != width_ || picture.type() != CV_8UC(channels_)) return false;
  const cv::Mat whole = picture.isContinuous() ? picture : picture.clone();
  const int plane = height_ * width_;
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(channels_ * plane));
  for (int c = 0; c < channels_; ++c)
    for (int i = 0; i < plane; ++i)
      bytes[static_cast<std::size_t>(c * plane + i)] = whole.data[i * channels_ + channels_ - 1 - c];
  return coder_.read_row(bytes.data(), channels_ * plane, row);
}

void check_stands_alone_on_pixels(const StageContext& context, const char* name) {
  if (!context.domain.pixels)
    throw UserError(
        fmt::format("codec stage '{}' stores images, not feature maps: use it without an encoder", name));
  if (!context.first || !context.last)
    throw UserError(
        fmt::format("codec stage '{}' stores whole images and stands alone: leave the others out of the "
                    "chain",
                    name));
}

}  // namespace packrat
