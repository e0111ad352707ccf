// "jpeg": images as JPEG files without the header that all of them share (FORMAT.md, "JPEG and WebP").
#include <fmt/format.h>
#include <turbojpeg.h>

#include <algorithm>

#include "compressors/code_stage.h"
#include "compressors/pixel_image.h"
#include "compressors/stage_table.h"

namespace packrat {
namespace {

constexpr std::int64_t kMostJpegPixels = 65500;
constexpr std::uint8_t kMarker = 0xff, kEndOfImage = 0xd9, kStartOfScan = 0xda;

/// Bytes up to the end of the segment that starts the scan: quantization and Huffman tables, size. Every
/// segment tells its length.
std::size_t header_bytes(const std::vector<std::uint8_t>& file) {
  for (std::size_t at = 2; at + 4 <= file.size();) {
    const std::size_t next = at + 2 + static_cast<std::size_t>(file[at + 2] << 8 | file[at + 3]);
    if (file[at] == kMarker && file[at + 1] == kStartOfScan) return next;
    at = next;
  }
  throw Error("libturbojpeg wrote a JPEG file without a scan");
}

/// Whether a scan ends where its end is marked, and nowhere before. Inside, 0xff is always followed by 0.
bool is_scan(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2 || bytes[size - 2] != kMarker || bytes[size - 1] != kEndOfImage) return false;
  for (std::size_t i = 0; i + 2 < size; ++i)
    if (bytes[i] == kMarker && bytes[i + 1] != 0) return false;
  return true;
}

using Turbo = std::unique_ptr<void, int (*)(tjhandle)>;

/// The baseline JPEG file of a picture, with halved chroma; the standard Huffman tables.
std::vector<std::uint8_t> compress(const Picture& picture, int quality) {
  const Turbo turbo(tjInitCompress(), tjDestroy);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  const int failed = tjCompress2(turbo.get(), picture.bytes.data(), picture.width, 0, picture.height,
                                 picture.is_grey() ? TJPF_GRAY : TJPF_BGR, &bytes, &size,
                                 picture.is_grey() ? TJSAMP_GRAY : TJSAMP_420, quality, TJFLAG_ACCURATEDCT);
  const std::unique_ptr<unsigned char, void (*)(unsigned char*)> owner(bytes, tjFree);
  if (failed) throw Error(fmt::format("libturbojpeg: {}", tjGetErrorStr2(turbo.get())));
  return {bytes, bytes + size};
}

/// False when the decoder finds anything amiss, be it only worth a warning.
bool decompress(const Turbo& turbo, const std::vector<std::uint8_t>& file, Picture& picture) {
  return tjDecompress2(turbo.get(), file.data(), file.size(), picture.bytes.data(), picture.width, 0,
                       picture.height, picture.is_grey() ? TJPF_GRAY : TJPF_BGR,
                       TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING) == 0;
}

class JpegStage final : public Stage {
 public:
  JpegStage(const Domain& domain, int quality) : image_(domain, "jpeg", kMostJpegPixels), quality_(quality) {
    const std::vector<float> grey(static_cast<std::size_t>(domain.values()), 0.0f);
    header_ = encode_file(grey.data());
    header_.resize(header_bytes(header_));
  }

  std::string spec() const override { return fmt::format("jpeg:quality={}", quality_); }
  std::int64_t width_out() const override { return 0; }
  std::optional<std::int64_t> section_bytes() const override { return std::nullopt; }
  std::vector<std::uint8_t> shared() const override { return header_; }

  void encode(ConstRows in, Rows, EntryBatch& section) const override {
    for (std::int64_t i = 0; i < in.count; ++i) {
      const std::vector<std::uint8_t> file = encode_file(in.row(i));
      if (file.size() < header_.size() || !std::equal(header_.begin(), header_.end(), file.begin()))
        throw Error("libturbojpeg wrote two JPEG files with different headers");
      const std::size_t size = file.size() - header_.size();
      std::copy(file.begin() + static_cast<std::ptrdiff_t>(header_.size()), file.end(),
                section.append(1, static_cast<std::int64_t>(size)));
    }
  }

  void decode(ConstRows, Rows out, std::vector<ByteReader>& readers) const override {
    const Turbo turbo(tjInitDecompress(), tjDestroy);
    std::vector<std::uint8_t> file;
    Picture picture = image_.blank();
    for (std::int64_t i = 0; i < out.count; ++i) {
      ByteReader& reader = readers[static_cast<std::size_t>(i)];
      const std::size_t size = reader.left();
      const std::uint8_t* scan = reader.bytes(size);
      if (!is_scan(scan, size)) throw_corrupt(i, "no whole JPEG scan");
      file = header_;
      file.insert(file.end(), scan, scan + size);
      if (!decompress(turbo, file, picture)) throw_corrupt(i, "a damaged JPEG scan");
      image_.to_row(picture, out.row(i));
    }
  }

 private:
  std::vector<std::uint8_t> encode_file(const float* row) const {
    return compress(image_.from_row(row), quality_);
  }

  PixelImage image_;
  int quality_;
  std::vector<std::uint8_t> header_;
};

std::unique_ptr<Stage> make_jpeg_stage(const StageOptions& options, const StageContext& context,
                                       ByteReader&) {
  check_stands_alone_on_pixels(context, "jpeg");
  return std::make_unique<JpegStage>(context.domain, static_cast<int>(options.integer("quality", 1, 100)));
}

}  // namespace

StageRow jpeg_stage() {
  StageRow row;
  row.info = {"jpeg",
              "quality=1..100",
              "images as JPEG, without the header that all share; entries differ in size",
              {},
              {},
              {"jpeg:quality=50", "jpeg:quality=95"}};
  row.keys = {{"quality"}};
  row.make = make_jpeg_stage;
  return row;
}

}  // namespace packrat
