#include "engine/data/image_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "engine/core/error.h"
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

cv::Mat resized(const cv::Mat& image, cv::Size size) {
  if (image.size() == size) return image;
  const bool shrinks = image.rows > size.height || image.cols > size.width;
  cv::Mat out;
  cv::resize(image, out, size, 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
  return out;
}

/// The middle of a picture that is far longer than wide: made larger, all of it might not fit in memory.
cv::Mat without_far_ends(const cv::Mat& image) {
  constexpr std::int64_t kLongest = 16;
  const auto longest = static_cast<int>(
      std::min(kLongest * std::min(image.rows, image.cols), std::int64_t{std::max(image.rows, image.cols)}));
  const int rows = std::min(image.rows, longest), columns = std::min(image.cols, longest);
  return image(cv::Rect((image.cols - columns) / 2, (image.rows - rows) / 2, columns, rows));
}

/// Of any size and number of channels.
cv::Mat formed(const cv::Mat& whole_image, const ImageForm& form) {
  const int side = static_cast<int>(form.side);
  const cv::Mat image = form.centre_crop ? without_far_ends(whole_image) : whole_image;
  if (!form.centre_crop) return resized(image, {side, side});
  constexpr double kShorter = 256.0 / 224;
  const double scale = kShorter * side / std::min(image.rows, image.cols);
  const auto length = [&](int before) {
    return std::max(side, static_cast<int>(std::lround(before * scale)));
  };
  const cv::Mat whole = resized(image, {length(image.cols), length(image.rows)});
  return whole(cv::Rect((whole.cols - side) / 2, (whole.rows - side) / 2, side, side));
}

}  // namespace

std::string ImageForm::suffix() const {
  if (*this == ImageForm()) return "";
  return fmt::format("-{}{}", side, centre_crop ? "-crop" : "");
}

void reshape_image(const std::uint8_t* planes, int channels, std::int64_t side, const ImageForm& form,
                   std::uint8_t* out) {
  const int rows = static_cast<int>(side), to = static_cast<int>(form.side);
  for (int c = 0; c < kImageChannels; ++c, out += form.plane_bytes()) {
    if (c >= channels) {
      std::copy_n(out - form.plane_bytes(), form.plane_bytes(), out);
      continue;
    }
    // OpenCV takes the bytes through a pointer to non-const, and only reads them.
    const cv::Mat plane(rows, rows, CV_8UC1, const_cast<std::uint8_t*>(planes + c * side * side));
    formed(plane, form).copyTo(cv::Mat(to, to, CV_8UC1, out));
  }
}

void mirror_image(const ImageForm& form, std::uint8_t* image) {
  for (std::int64_t row = 0; row < kImageChannels * form.side; ++row, image += form.side)
    std::reverse(image, image + form.side);
}

std::vector<std::uint8_t> decode_picture(ByteView file, const std::string& name, const ImageForm& form) {
  const cv::Mat image = formed(read_bgr(file, name), form);
  std::vector<std::uint8_t> planes(static_cast<std::size_t>(form.image_bytes()));
  std::uint8_t* to = planes.data();
  for (int y = 0; y < image.rows; ++y) {
    const std::uint8_t* bgr = image.ptr<std::uint8_t>(y);
    for (int x = 0; x < image.cols; ++x, ++to)
      for (int c = 0; c < kImageChannels; ++c)
        to[c * form.plane_bytes()] = bgr[kImageChannels * x + kImageChannels - 1 - c];
  }
  return planes;
}

}  // namespace packrat
