// In place of jpeg.cpp and webp.cpp in a libpackrat that was built without picture formats.
#include <fmt/format.h>

#include "compressors/stage_factory.h"

namespace packrat {
namespace {

[[noreturn]] void refuse_picture_stage(const char* name) {
  throw UserError(
      fmt::format("codec stage '{}' is not in this build of Packrat: build it with libturbojpeg and libwebp, "
                  "or use 'resize'",
                  name));
}

}  // namespace

std::unique_ptr<Stage> make_jpeg_stage(const StageOptions&, const StageContext&, ByteReader&) {
  refuse_picture_stage("jpeg");
}
std::unique_ptr<Stage> make_webp_stage(const StageOptions&, const StageContext&, ByteReader&) {
  refuse_picture_stage("webp");
}

}  // namespace packrat
