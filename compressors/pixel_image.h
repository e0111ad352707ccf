#pragma once
#include <cstdint>
#include <vector>

#include "compressors/rows.h"
#include "compressors/stage_table.h"
#include "compressors/value_coder.h"

namespace packrat {

/// A picture as picture formats take it: rows from top to bottom without gaps, grey, or blue, green and red
/// side by side.
struct Picture {
  int channels = 1, height = 0, width = 0;
  std::vector<std::uint8_t> bytes;  ///< [height, width, channels]
  int row_bytes() const { return width * channels; }
  bool is_grey() const { return channels == 1; }
};

/// Rows of the pixel domain as pictures, for stages that store images in a picture format.
class PixelImage {
 public:
  /// name: of the stage. UserError when the domain is not of pixels in 1 or 3 channels or is larger than
  /// `most` pixels either way: what picture formats can hold.
  PixelImage(const Domain& domain, const char* name, std::int64_t most);

  Picture from_row(const float* row) const;
  /// The inverse: normalised pixels of a picture made by blank().
  void to_row(const Picture& picture, float* row) const;
  /// A picture to be filled.
  Picture blank() const;

 private:
  ValueCoder coder_;
  int channels_, height_, width_;
};

/// UserError unless the stage is alone in its chain and its domain is pixels: what it writes cannot be
/// followed.
void check_stands_alone_on_pixels(const StageContext& context, const char* name);

}  // namespace packrat
