#include "compressors/pixel_image.h"

#include <fmt/format.h>

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

Picture PixelImage::blank() const {
  const std::size_t size = static_cast<std::size_t>(channels_) * static_cast<std::size_t>(height_ * width_);
  return {channels_, height_, width_, std::vector<std::uint8_t>(size)};
}

Picture PixelImage::from_row(const float* row) const {
  Picture picture = blank();
  std::vector<std::uint8_t> planes(picture.bytes.size());
  coder_.write_row(row, static_cast<std::int64_t>(planes.size()), planes.data());
  const int plane = height_ * width_;
  for (int c = 0; c < channels_; ++c)  // red, green, blue become blue, green, red
    for (int i = 0; i < plane; ++i)
      picture.bytes[static_cast<std::size_t>(i * channels_ + channels_ - 1 - c)] =
          planes[static_cast<std::size_t>(c * plane + i)];
  return picture;
}

void PixelImage::to_row(const Picture& picture, float* row) const {
  std::vector<std::uint8_t> planes(picture.bytes.size());
  const int plane = height_ * width_;
  for (int c = 0; c < channels_; ++c)
    for (int i = 0; i < plane; ++i)
      planes[static_cast<std::size_t>(c * plane + i)] =
          picture.bytes[static_cast<std::size_t>(i * channels_ + channels_ - 1 - c)];
  coder_.read_row(planes.data(), static_cast<std::int64_t>(planes.size()), row);
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
