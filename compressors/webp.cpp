// "webp": images as lossy WebP files (FORMAT.md, "JPEG and WebP").
#include <fmt/format.h>
#include <webp/decode.h>
#include <webp/encode.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "compressors/code_stage.h"
#include "compressors/pixel_image.h"
#include "compressors/stage_table.h"

namespace packrat {
namespace {

constexpr std::int64_t kMostWebpPixels = 16383;
constexpr std::size_t kHeaderBytes = 30;  // RIFF, WEBP and VP8 headers with the picture's size

std::uint32_t u32(const std::uint8_t* bytes) {
  std::uint32_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

/// The grey of blue, green and red that OpenCV computes: thousandths of 299, 587 and 114 in 15 bits, rounded.
std::uint8_t grey_of(const std::uint8_t* bgr) {
  return static_cast<std::uint8_t>((3735 * bgr[0] + 19235 * bgr[1] + 9798 * bgr[2] + (1 << 14)) >> 15);
}

/// WebP has no grey pictures: three equal channels.
Picture in_colour(const Picture& grey) {
  Picture picture{3, grey.height, grey.width, {}};
  for (const std::uint8_t value : grey.bytes) picture.bytes.insert(picture.bytes.end(), 3, value);
  return picture;
}

class WebpStage final : public Stage {
 public:
  WebpStage(const Domain& domain, int quality)
      : image_(domain, "webp", kMostWebpPixels),
        quality_(quality),
        size_(static_cast<std::uint32_t>(domain.shape[1] << 16 | domain.shape[2])) {}

  std::string spec() const override { return fmt::format("webp:quality={}", quality_); }
  std::int64_t width_out() const override { return 0; }
  std::optional<std::int64_t> section_bytes() const override { return std::nullopt; }

  void encode(ConstRows in, Rows, EntryBatch& section) const override {
    for (std::int64_t i = 0; i < in.count; ++i) {
      const Picture stored = image_.from_row(in.row(i));
      const Picture picture = stored.is_grey() ? in_colour(stored) : stored;
      std::uint8_t* bytes = nullptr;
      const std::size_t size = WebPEncodeBGR(picture.bytes.data(), picture.width, picture.height,
                                             picture.row_bytes(), static_cast<float>(quality_), &bytes);
      const std::unique_ptr<std::uint8_t, void (*)(void*)> file(bytes, WebPFree);
      if (size == 0 || !is_file(bytes, size))
        throw Error("libwebp wrote no WebP file, or one in an unknown form");
      std::copy(bytes, bytes + size, section.append(1, static_cast<std::int64_t>(size)));
    }
  }

  void decode(ConstRows, Rows out, std::vector<ByteReader>& readers) const override {
    Picture picture = image_.blank();
    for (std::int64_t i = 0; i < out.count; ++i) {
      ByteReader& reader = readers[static_cast<std::size_t>(i)];
      const std::size_t size = reader.left();
      const std::uint8_t* file = reader.bytes(size);
      if (!is_file(file, size)) throw_corrupt(i, "no whole WebP file of the right size");
      if (!decompress(file, size, picture)) throw_corrupt(i, "no WebP image");
      image_.to_row(picture, out.row(i));
    }
  }

 private:
  /// False when the decoder refuses the file.
  static bool decompress(const std::uint8_t* file, std::size_t size, Picture& picture) {
    Picture colour{3, picture.height, picture.width, {}};
    colour.bytes.resize(static_cast<std::size_t>(colour.row_bytes() * colour.height));
    if (WebPDecodeBGRInto(file, size, colour.bytes.data(), colour.bytes.size(), colour.row_bytes()) ==
        nullptr)
      return false;
    if (!picture.is_grey()) {
      picture = std::move(colour);
      return true;
    }
    for (std::size_t i = 0; i < picture.bytes.size(); ++i) picture.bytes[i] = grey_of(&colour.bytes[3 * i]);
    return true;
  }

  // Whether the headers name the file's own length and the picture's size, before a decoder trusts them.
  bool is_file(const std::uint8_t* file, std::size_t size) const {
    if (size < kHeaderBytes || std::memcmp(file, "RIFF", 4) != 0 || std::memcmp(file + 8, "WEBPVP8 ", 8) != 0)
      return false;
    return u32(file + 4) == size - 8 && u32(file + 16) == size - 20 && u32(file + 26) == size_;
  }

  PixelImage image_;
  int quality_;
  std::uint32_t size_;  // width and height as the header has them: 14 bits and 2 of scaling each
};

std::unique_ptr<Stage> make_webp_stage(const StageOptions& options, const StageContext& context,
                                       ByteReader&) {
  check_stands_alone_on_pixels(context, "webp");
  return std::make_unique<WebpStage>(context.domain, static_cast<int>(options.integer("quality", 1, 100)));
}

}  // namespace

StageRow webp_stage() {
  StageRow row;
  row.info = {"webp", "quality=1..100",   "images as lossy WebP files; entries differ in size", {},
              {},     {"webp:quality=50"}};
  row.keys = {{"quality"}};
  row.make = make_webp_stage;
  return row;
}

}  // namespace packrat
