#include "engine/data/picture.h"

#include <fmt/format.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "engine/core/error.h"
#include "engine/data/dataset.h"
#include "engine/data/jpeg_check.h"
#include "engine/data/orientation.h"

namespace packrat {
namespace {

/// As EXIF's tag 0x0112 says: from 5 on rows and columns are exchanged first.
cv::Mat upright(const cv::Mat& image, int orientation) {
  cv::Mat turned = image;
  if (orientation >= 5) cv::transpose(image, turned);
  constexpr int kNone = 2, kRows = 0, kColumns = 1, kBoth = -1;
  constexpr int kFlips[] = {kNone, kColumns, kBoth, kRows, kNone, kColumns, kBoth, kRows};
  const int flip = kFlips[orientation - 1];
  cv::Mat out = turned;
  if (flip != kNone) cv::flip(turned, out, flip);
  return out;
}

cv::Mat read_bgr(ByteView file, const std::string& name) {
  if (looks_like_jpeg(file))
    if (const std::string damage = jpeg_damage(file); !damage.empty())
      throw UserError(fmt::format("{} is damaged ({}): get it again, or take it away", name, damage));
  cv::Mat image;
  try {
    // OpenCV takes the bytes through a pointer to non-const, and only reads them.
    if (file.size > 0)
      image =
          cv::imdecode(cv::Mat(1, static_cast<int>(file.size), CV_8UC1, const_cast<std::uint8_t*>(file.data)),
                       cv::IMREAD_COLOR);
  } catch (const cv::Exception&) {
    // Told below: outsized, or damaged so that the decoder gave up.
  }
  if (image.empty())
    throw UserError(fmt::format(
        "cannot read {} as an image: it is damaged, or no PNG, JPEG, WebP or other file that OpenCV reads",
        name));
  return upright(image, webp_orientation(file));
}

}  // namespace

std::vector<std::uint8_t> decode_picture(ByteView file, const std::string& name) {
  cv::Mat image = read_bgr(file, name);
  if (image.rows != kImageSide || image.cols != kImageSide) {
    const bool shrinks = image.rows > kImageSide || image.cols > kImageSide;
    cv::Mat resized;
    cv::resize(image, resized, {kImageSide, kImageSide}, 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
    image = resized;
  }
  std::vector<std::uint8_t> planes(kImageBytes);
  for (int y = 0; y < kImageSide; ++y) {
    const std::uint8_t* bgr = image.ptr<std::uint8_t>(y);
    for (int x = 0; x < kImageSide; ++x)
      for (int c = 0; c < kImageChannels; ++c)
        planes[static_cast<std::size_t>(c * kPlaneBytes + y * kImageSide + x)] =
            bgr[kImageChannels * x + kImageChannels - 1 - c];
  }
  return planes;
}

}  // namespace packrat
