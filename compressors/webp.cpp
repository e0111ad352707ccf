// "webp": images as lossy WebP files (FORMAT.md, "JPEG and WebP").
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <opencv2/imgcodecs.hpp>

#include "compressors/code_stage.h"
#include "compressors/pixel_image.h"
#include "compressors/stage_factory.h"

namespace packrat {
namespace {

constexpr std::int64_t kMostWebpPixels = 16383;
constexpr std::size_t kHeaderBytes = 30;  // RIFF, WEBP and VP8 headers with the picture's size

std::uint32_t u32(const std::uint8_t* bytes) {
  std::uint32_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
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
      std::vector<std::uint8_t> file;
      if (!cv::imencode(".webp", image_.from_row(in.row(i)), file, {cv::IMWRITE_WEBP_QUALITY, quality_}) ||
          !is_file(file.data(), file.size()))
        throw Error("OpenCV wrote no WebP file, or one in an unknown form");
      std::copy(file.begin(), file.end(), section.append(1, static_cast<std::int64_t>(file.size())));
    }
  }

  void decode(ConstRows, Rows out, std::vector<ByteReader>& readers) const override {
    for (std::int64_t i = 0; i < out.count; ++i) {
      ByteReader& reader = readers[static_cast<std::size_t>(i)];
      const std::size_t size = reader.left();
      const std::uint8_t* file = reader.bytes(size);
      if (!is_file(file, size)) throw_corrupt(i, "no whole WebP file of the right size");
      if (!image_.to_row(decoded({file, file + size}), out.row(i))) throw_corrupt(i, "no WebP image");
    }
  }

 private:
  // Empty when the decoder refuses the file.
  cv::Mat decoded(const std::vector<std::uint8_t>& file) const {
    try {
      return cv::imdecode(file, image_.is_grey() ? cv::IMREAD_GRAYSCALE : cv::IMREAD_COLOR);
    } catch (const cv::Exception&) {
      return {};
    }
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

}  // namespace

std::unique_ptr<Stage> make_webp_stage(const StageOptions& options, const StageContext& context,
                                       ByteReader&) {
  check_stands_alone_on_pixels(context, "webp");
  return std::make_unique<WebpStage>(context.domain, static_cast<int>(options.integer("quality", 1, 100)));
}

}  // namespace packrat
