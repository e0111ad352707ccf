#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/bytes.h"

namespace packrat {

constexpr int kImageChannels = 3;  // planes of red, green and blue

/// How pictures become the images of a data set: square, 3 planes of `side` x `side` bytes, row by row.
struct ImageForm {
  std::int64_t side = 32;
  /// The ImageNet way: the shorter side becomes side * 256/224, then the middle is cut out (of a picture more
  /// than 16 times as long as wide, nothing but its middle is made smaller). Otherwise the whole picture
  /// becomes the square, whatever its shape.
  bool centre_crop = false;

  std::int64_t plane_bytes() const { return side * side; }
  std::int64_t image_bytes() const { return kImageChannels * plane_bytes(); }
  std::array<std::int64_t, 3> shape() const { return {kImageChannels, side, side}; }
  /// For names of files: "" for 32 pixels without a crop, "-224", "-224-crop".
  std::string suffix() const;

  friend bool operator==(const ImageForm& a, const ImageForm& b) {
    return a.side == b.side && a.centre_crop == b.centre_crop;
  }
  friend bool operator!=(const ImageForm& a, const ImageForm& b) { return !(a == b); }
};

/// An image of `side` x `side` pixels in so many planes (3, or 1: grey, which becomes three times the same)
/// in another form, to out [3, form.side, form.side]: smaller by area averaging, larger by bilinear
/// interpolation.
void reshape_image(const std::uint8_t* planes, int channels, std::int64_t side, const ImageForm& form,
                   std::uint8_t* out);

/// An image's planes, each row from right to left, in place.
void mirror_image(const ImageForm& form, std::uint8_t* image);

/// A picture of any size and of any format that OpenCV reads (told by its content, not by its name) as 3
/// planes of RGB in that form: turned upright as the orientation tag of a JPEG, PNG, TIFF or WebP file says,
/// without transparency (what is stored counts), made smaller by area averaging, larger by bilinear
/// interpolation. UserError, which calls the picture `name`, when it is none, is cut short or damaged; of a
/// format without a checksum, changed pixels cannot be told.
std::vector<std::uint8_t> decode_picture(ByteView file, const std::string& name, const ImageForm& form = {});

}  // namespace packrat
