#pragma once
#include "engine/core/bytes.h"

namespace packrat {

/// The orientation that a WebP file's EXIF chunk gives, 1 to 8 as in EXIF 2.3 (tag 0x0112); 1, upright, when
/// it gives none or is damaged there. OpenCV obeys the tags of JPEG, PNG and TIFF, and not this one.
int webp_orientation(ByteView file);

}  // namespace packrat
