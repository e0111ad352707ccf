#include <gmock/gmock.h>

#include <map>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "engine/core/rng.h"
#include "engine/data/dataset.h"
#include "engine/data/image_form.h"
#include "engine/data/jpeg_check.h"
#include "engine/data/orientation.h"
#include "tests/data/expect_error.h"
#include "tests/data/small_dataset.h"

namespace packrat::testing_data {
namespace {
using ::testing::HasSubstr;
using Bytes = std::vector<std::uint8_t>;

ByteView view(const Bytes& bytes) {
  return {bytes.data(), bytes.size()};
}

cv::Mat noise(int type) {
  cv::Mat image(37, 53, type);
  cv::RNG(7).fill(image, cv::RNG::UNIFORM, 0, 255);
  return image;
}

Bytes encoded(const std::string& ending, const std::vector<int>& parameters = {}, int type = CV_8UC3) {
  Bytes bytes;
  cv::imencode(ending, noise(type), bytes, parameters);
  return bytes;
}

/// A file of every format, and of every way of packing, that can be cut short.
const std::map<std::string, Bytes>& every_format() {
  static const std::map<std::string, Bytes> formats{
      {"png", encoded(".png")},
      {"grey png", encoded(".png", {}, CV_8UC1)},
      {"png with alpha", encoded(".png", {}, CV_8UC4)},
      {"jpeg", encoded(".jpg")},
      {"grey jpeg", encoded(".jpg", {}, CV_8UC1)},
      {"progressive jpeg", encoded(".jpg", {cv::IMWRITE_JPEG_PROGRESSIVE, 1})},
      {"jpeg with restarts", encoded(".jpg", {cv::IMWRITE_JPEG_RST_INTERVAL, 2})},
      {"webp", encoded(".webp", {cv::IMWRITE_WEBP_QUALITY, 80})},
      {"lossless webp", encoded(".webp", {cv::IMWRITE_WEBP_QUALITY, 101})},
      {"bmp", encoded(".bmp")},
      {"tiff with lzw", encoded(".tiff")},
      {"plain tiff", encoded(".tiff", {cv::IMWRITE_TIFF_COMPRESSION, 1})},
      {"tiff with deflate", encoded(".tiff", {cv::IMWRITE_TIFF_COMPRESSION, 8})},
      {"jpeg 2000", encoded(".jp2")},
      {"ppm", encoded(".ppm")},
      {"pgm", encoded(".pgm", {}, CV_8UC1)},
      {"sun raster", encoded(".sr")}};
  return formats;
}

TEST(Picture, OneCutShortIsRefusedWithItsNameWhateverItsFormat) {
  for (const auto& [format, whole] : every_format()) {
    ASSERT_NO_THROW(decode_picture(view(whole), format)) << format;
    for (std::size_t length = 0; length < whole.size(); length += 1 + whole.size() / 60) {
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
      ASSERT_THAT(user_error([&] { decode_picture(view(cut), "the " + format); }), HasSubstr("the " + format))
          << length << " of " << whole.size();
    }
    const Bytes cut(whole.begin(), whole.end() - 1);
    EXPECT_THAT(user_error([&] { decode_picture(view(cut), "the " + format); }), HasSubstr("the " + format));
  }
}

// Formats that have a checksum of their own, or codes of which not every one is allowed.
TEST(Picture, ChangedBytesOfAPngAreRefused) {
  const Bytes whole = encoded(".png");
  for (std::size_t place = 45; place < whole.size() - 12; place += 97) {
    Bytes changed = whole;
    changed[place] ^= 0x10;
    EXPECT_THAT(user_error([&] { decode_picture(view(changed), "x.png"); }), HasSubstr("x.png")) << place;
  }
}

TEST(Picture, AJpegWithZerosInItsMiddleIsRefusedWithLibjpegsReason) {
  for (const char* format : {"jpeg", "progressive jpeg", "jpeg with restarts"}) {
    Bytes changed = every_format().at(format);
    std::fill_n(changed.begin() + static_cast<std::ptrdiff_t>(changed.size() / 2), 200, std::uint8_t{0});
    EXPECT_THAT(user_error([&] { decode_picture(view(changed), "x.jpg"); }), HasSubstr("x.jpg is damaged ("))
        << format;
  }
}

TEST(Picture, AJpegMayBeFollowedByOtherBytesAndHaveAnotherVersion) {
  const Bytes whole = encoded(".jpg");
  const Bytes pixels = decode_picture(view(whole), "x");
  Bytes longer = whole;
  longer.insert(longer.end(), 1000, 'x');
  EXPECT_EQ(decode_picture(view(longer), "x"), pixels);
  Bytes other = whole;
  ASSERT_EQ(other[6], 'J');
  other[11] = 7;  // JFIF's version: libjpeg warns, and says nothing about the pixels
  EXPECT_EQ(jpeg_damage(view(other)), "");
  EXPECT_EQ(decode_picture(view(other), "x"), pixels);
}

TEST(Picture, ChangedBytesOfAnyFormatNeverCrash) {
  Rng rng(5);
  for (const auto& [format, whole] : every_format())
    for (int trial = 0; trial < 60; ++trial) {
      Bytes changed = whole;
      for (std::uint64_t flips = 1 + rng.below(4); flips > 0; --flips)
        changed[rng.below(changed.size())] = static_cast<std::uint8_t>(rng.below(256));
      try {
        EXPECT_EQ(decode_picture(view(changed), format).size(), std::size_t{kImageBytes});
      } catch (const UserError& error) {
        EXPECT_THAT(error.what(), HasSubstr(format));
      }
    }
}

/// A quarter each of red, green, blue and white: top left, top right, bottom left, bottom right.
cv::Mat quarters() {
  cv::Mat image(64, 64, CV_8UC3, cv::Scalar(0, 0, 250));
  image(cv::Rect(32, 0, 32, 32)) = cv::Scalar(0, 250, 0);
  image(cv::Rect(0, 32, 32, 32)) = cv::Scalar(250, 0, 0);
  image(cv::Rect(32, 32, 32, 32)) = cv::Scalar(250, 250, 250);
  return image;
}

/// "RGBW": the colours of the corners, in that order.
std::string corners(const Bytes& planes) {
  std::string text;
  for (const int y : {2, 29})
    for (const int x : {2, 29}) {
      const auto channel = [&](int c) {
        return planes[static_cast<std::size_t>(c * 1024 + y * 32 + x)] > 128;
      };
      text += channel(0) && channel(1) ? 'W' : channel(0) ? 'R' : channel(1) ? 'G' : 'B';
    }
  return text;
}

/// EXIF data that hold an orientation and nothing else.
Bytes exif_with(int orientation, bool big_endian) {
  const auto number = [&](std::uint32_t value, int bytes) {
    Bytes out;
    for (int i = 0; i < bytes; ++i)
      out.push_back(static_cast<std::uint8_t>(value >> 8 * (big_endian ? bytes - 1 - i : i)));
    return out;
  };
  Bytes out(2, big_endian ? 'M' : 'I');
  for (const Bytes& part :
       {number(42, 2), number(8, 4), number(1, 2), number(0x112, 2), number(3, 2), number(1, 4),
        number(static_cast<std::uint32_t>(orientation), 2), number(0, 2), number(0, 4)})
    out.insert(out.end(), part.begin(), part.end());
  return out;
}

/// The picture as an extended WebP file with these EXIF data.
Bytes webp_with(const Bytes& exif) {
  Bytes plain;
  cv::imencode(".webp", quarters(), plain, {cv::IMWRITE_WEBP_QUALITY, 101});
  const auto append = [](Bytes& to, const std::string& name, const Bytes& content) {
    to.insert(to.end(), name.begin(), name.end());
    for (int i = 0; i < 4; ++i) to.push_back(static_cast<std::uint8_t>(content.size() >> 8 * i));
    to.insert(to.end(), content.begin(), content.end());
    if (content.size() % 2 != 0) to.push_back(0);
  };
  Bytes body{'W', 'E', 'B', 'P'};
  append(body, "VP8X", {0x08, 0, 0, 0, 63, 0, 0, 63, 0, 0});
  body.insert(body.end(), plain.begin() + 12, plain.end());
  append(body, "EXIF", exif);
  Bytes file;
  append(file, "RIFF", body);
  return file;
}

const char* const kCornersByOrientation[] = {"RGBW", "GRWB", "WBGR", "BWRG", "RBGW", "BRWG", "WGBR", "GWRB"};

TEST(Picture, WebpFilesAreTurnedAsTheirExifDataSay) {
  for (int orientation = 1; orientation <= 8; ++orientation)
    for (const bool big_endian : {false, true}) {
      const Bytes exif = exif_with(orientation, big_endian);
      EXPECT_EQ(corners(decode_picture(view(webp_with(exif)), "x")), kCornersByOrientation[orientation - 1])
          << orientation;
      Bytes named{'E', 'x', 'i', 'f', 0, 0};
      named.insert(named.end(), exif.begin(), exif.end());
      EXPECT_EQ(webp_orientation(view(webp_with(named))), orientation);
    }
}

TEST(Picture, JpegFilesAreTurnedAsTheirExifDataSay) {
  Bytes plain;
  cv::imencode(".jpg", quarters(), plain);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Bytes exif = exif_with(orientation, false);
    const std::size_t size = 2 + 6 + exif.size();
    Bytes segment{
        0xff, 0xe1, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size), 'E', 'x', 'i', 'f',
        0,    0};
    segment.insert(segment.end(), exif.begin(), exif.end());
    Bytes file = plain;
    file.insert(file.begin() + 2, segment.begin(), segment.end());
    EXPECT_EQ(corners(decode_picture(view(file), "x")), kCornersByOrientation[orientation - 1])
        << orientation;
  }
}

TEST(Picture, ExifDataThatAreCutShortOrSenselessTurnNothing) {
  const Bytes exif = exif_with(6, true);
  for (std::size_t length = 0; length < exif.size() - 6; ++length)
    EXPECT_EQ(
        webp_orientation(view(webp_with({exif.begin(), exif.begin() + static_cast<std::ptrdiff_t>(length)}))),
        1)
        << length;
  for (const int orientation : {0, 9, 65535})
    EXPECT_EQ(webp_orientation(view(webp_with(exif_with(orientation, true)))), 1);
  Bytes far = exif;
  far[4] = 0xff;  // the directory is said to stand beyond the end
  EXPECT_EQ(webp_orientation(view(webp_with(far))), 1);
}

TEST(Picture, IsSquashedWholeOrCutOutOfItsMiddleTheImageNetWay) {
  for (const bool tall : {false, true}) {
    cv::Mat picture(50, 100, CV_8UC3, cv::Scalar(255, 0, 0));
    picture.colRange(25, 75).setTo(cv::Scalar(0, 0, 255));  // blue, red, blue
    if (tall) cv::transpose(picture, picture);
    Bytes file;
    cv::imencode(".png", picture, file);
    for (const std::int64_t side : {28, 112}) {
      const ImageForm squashed{side, false}, cut{side, true};
      const auto plane = static_cast<std::size_t>(squashed.plane_bytes());
      const Bytes whole = decode_picture(view(file), "x", squashed),
                  middle = decode_picture(view(file), "x", cut);
      ASSERT_EQ(whole.size(), 3 * plane);
      ASSERT_EQ(middle.size(), 3 * plane);
      EXPECT_EQ(whole[0], 0);
      EXPECT_EQ(whole[2 * plane], 255);
      EXPECT_EQ(whole[plane / 2 + static_cast<std::size_t>(side) / 2], 255);
      EXPECT_EQ(Bytes(middle.begin(), middle.begin() + static_cast<std::ptrdiff_t>(plane)), Bytes(plane, 255))
          << side;  // half the length is 7/16 of what is cut out
    }
  }
}

// Resized as a whole, one of 1 x 60000 pixels would take 12 GB.
TEST(Picture, FarLongerThanWideIsCutOutOfItsMiddle) {
  constexpr int kLength = 60000;
  for (const bool upright : {false, true}) {
    cv::Mat picture(upright ? kLength : 1, upright ? 1 : kLength, CV_8UC3, cv::Scalar(0, 0, 0));
    picture(upright ? cv::Rect(0, kLength / 2 - 8, 1, 16) : cv::Rect(kLength / 2 - 8, 0, 16, 1)) =
        cv::Scalar(30, 20, 10);
    Bytes file;
    cv::imencode(".png", picture, file);
    const Bytes planes = decode_picture(view(file), "long", {224, true});
    ASSERT_EQ(planes.size(), std::size_t{3 * 224 * 224});
    for (std::size_t c = 0; c < 3; ++c)
      EXPECT_EQ(planes[c * 224 * 224 + 112 * 224 + 112], 10 * (c + 1)) << upright;
  }
}

TEST(Picture, TransparentPixelsCountWithTheColourThatIsStored) {
  Bytes file;
  cv::imencode(".png", cv::Mat(40, 40, CV_8UC4, cv::Scalar(0, 255, 0, 0)), file);
  const Bytes planes = decode_picture(view(file), "x");
  EXPECT_EQ(planes[500], 0);
  EXPECT_EQ(planes[1024 + 500], 255);
}

}  // namespace
}  // namespace packrat::testing_data
