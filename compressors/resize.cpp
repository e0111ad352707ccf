// "resize": smaller images, enlarged again (FORMAT.md, "Smaller images").
#include <fmt/format.h>

#include "compressors/pixel_image.h"
#include "compressors/resampling.h"
#include "compressors/stage_table.h"

namespace packrat {
namespace {

class ResizeStage final : public Stage {
 public:
  ResizeStage(const Domain& domain, int size)
      : coder_(domain),
        channels_(static_cast<int>(domain.shape[0])),
        height_(static_cast<int>(domain.shape[1])),
        width_(static_cast<int>(domain.shape[2])),
        size_(size) {}

  std::string spec() const override { return fmt::format("resize:size={}", size_); }
  std::int64_t width_out() const override { return 0; }
  std::optional<std::int64_t> section_bytes() const override {
    return std::int64_t{channels_} * size_ * size_;
  }
  std::vector<EntryPart> parts() const override {
    return {{Part::kValues, fmt::format("{}x{} pixels in {} channels", size_, size_, channels_),
             *section_bytes()}};
  }

  void encode(ConstRows in, Rows, EntryBatch& section) const override {
    std::uint8_t* bytes = section.append(in.count, *section_bytes());
    std::vector<std::uint8_t> image(static_cast<std::size_t>(in.width));
    for (std::int64_t i = 0; i < in.count; ++i) {
      coder_.write_row(in.row(i), in.width, image.data());
      for (int c = 0; c < channels_; ++c, bytes += size_ * size_)
        shrink_plane(image.data() + c * height_ * width_, height_, width_, bytes, size_, size_);
    }
  }

  void decode(ConstRows, Rows out, std::vector<ByteReader>& readers) const override {
    std::vector<std::uint8_t> image(static_cast<std::size_t>(out.width));
    for (std::int64_t i = 0; i < out.count; ++i) {
      const std::uint8_t* bytes =
          readers[static_cast<std::size_t>(i)].bytes(static_cast<std::size_t>(*section_bytes()));
      for (int c = 0; c < channels_; ++c, bytes += size_ * size_)
        enlarge_plane(bytes, size_, size_, image.data() + c * height_ * width_, height_, width_);
      coder_.read_row(image.data(), out.width, out.row(i));
    }
  }

 private:
  ValueCoder coder_;
  int channels_, height_, width_, size_;
};

int size_of(const StageOptions& options, const StageContext& context) {
  check_stands_alone_on_pixels(context, "resize");
  const auto [channels, height, width] = context.domain.shape;
  return static_cast<int>(options.integer("size", 1, std::min(height, width)));
}

std::unique_ptr<Stage> make_resize_stage(const StageOptions& options, const StageContext& context,
                                         ByteReader&) {
  return std::make_unique<ResizeStage>(context.domain, size_of(options, context));
}

StageCost resize_cost(const StageOptions& options, const StageContext& context) {
  const std::int64_t size = size_of(options, context);
  return {context.domain.shape[0] * size * size};
}

}  // namespace

StageRow resize_stage() {
  StageRow row;
  row.info = {"resize",
              "size=1..the image's",
              "smaller square images (area average), enlarged again (bilinear)",
              {},
              {},
              {"resize:size=1", "resize:size=4"}};
  row.keys = {{"size"}};
  row.make = make_resize_stage;
  row.cost = resize_cost;
  return row;
}

}  // namespace packrat
