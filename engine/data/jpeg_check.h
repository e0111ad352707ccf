#pragma once
#include <string>

#include "engine/core/bytes.h"

namespace packrat {

/// Whether these bytes begin like a JPEG file.
bool looks_like_jpeg(ByteView file);

/// What is wrong with a JPEG file, in libjpeg's words: "Premature end of JPEG file". Empty when nothing is.
/// OpenCV reads such pictures all the same, with grey or with other pixels where they are damaged. Decodes to
/// an eighth of the size, which reads every code of the file.
std::string jpeg_damage(ByteView file);

}  // namespace packrat
