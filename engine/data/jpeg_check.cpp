#include "engine/data/jpeg_check.h"

#include <csetjmp>
#include <cstdint>
#include <cstdio>

// Behind <cstdio>, which they need and do not include.
// clang-format off
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

namespace packrat {
namespace {

constexpr std::uint64_t kMostPixels = std::uint64_t{1} << 30;  // OpenCV refuses more

/// What libjpeg's callbacks know of. Its errors come back by longjmp, over frames that hold nothing to
/// destroy.
struct JpegWatch {
  jpeg_error_mgr errors;
  std::jmp_buf back;
  char damage[JMSG_LENGTH_MAX];
};

JpegWatch& watch_of(j_common_ptr info) {
  return *reinterpret_cast<JpegWatch*>(info->err);
}

void note_damage(j_common_ptr info) {
  JpegWatch& watch = watch_of(info);
  if (watch.damage[0] == '\0') watch.errors.format_message(info, watch.damage);
}

void stop_at_error(j_common_ptr info) {
  note_damage(info);
  std::longjmp(watch_of(info).back, 1);
}

/// Warnings have a negative level. Those of three kinds say nothing about the pixels.
void take_message(j_common_ptr info, int level) {
  const int code = info->err->msg_code;
  if (level < 0 && code != JWRN_JFIF_MAJOR && code != JWRN_ADOBE_XFORM && code != JWRN_BOGUS_ICC)
    note_damage(info);
}

void decode_small(jpeg_decompress_struct& info, ByteView file) {
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, file.data, static_cast<unsigned long>(file.size));
  jpeg_read_header(&info, TRUE);
  if (std::uint64_t{info.image_width} * info.image_height > kMostPixels) return;
  info.scale_num = 1;
  info.scale_denom = 8;
  jpeg_start_decompress(&info);
  const JDIMENSION width = info.output_width * static_cast<JDIMENSION>(info.output_components);
  JSAMPARRAY row = info.mem->alloc_sarray(reinterpret_cast<j_common_ptr>(&info), JPOOL_IMAGE, width, 1);
  while (info.output_scanline < info.output_height) jpeg_read_scanlines(&info, row, 1);
  jpeg_finish_decompress(&info);
}

}  // namespace

bool looks_like_jpeg(ByteView file) {
  return file.size > 2 && file.data[0] == 0xff && file.data[1] == 0xd8 && file.data[2] == 0xff;
}

std::string jpeg_damage(ByteView file) {
  JpegWatch watch{};
  jpeg_decompress_struct info{};
  info.err = jpeg_std_error(&watch.errors);
  watch.errors.error_exit = stop_at_error;
  watch.errors.emit_message = take_message;
  if (setjmp(watch.back) == 0) decode_small(info, file);
  jpeg_destroy_decompress(&info);
  return watch.damage;
}

}  // namespace packrat
