#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/bytes.h"

namespace packrat {

/// A picture of any size and of any format that OpenCV reads (told by its content, not by its name) as 3 x 32
/// x 32 planes of RGB: turned upright as the orientation tag of a JPEG, PNG, TIFF or WebP file says, without
/// transparency (what is stored counts), made smaller by area averaging, larger by bilinear interpolation.
/// UserError, which calls the picture `name`, when it is none, is cut short or damaged; of a format without a
/// checksum, changed pixels cannot be told.
std::vector<std::uint8_t> decode_picture(ByteView file, const std::string& name);

}  // namespace packrat
