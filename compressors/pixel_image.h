#pragma once
#include <opencv2/core/mat.hpp>

#include "compressors/rows.h"
#include "compressors/value_coder.h"

namespace packrat {

struct StageContext;

/// Rows of the pixel domain as pictures, for stages that store images in a picture format.
class PixelImage {
 public:
  /// name: of the stage. UserError when the domain is not of pixels in 1 or 3 channels or is larger than
  /// `most` pixels either way: what picture formats can hold.
  PixelImage(const Domain& domain, const char* name, std::int64_t most);

  /// uint8, height x width, grey or BGR.
  cv::Mat from_row(const float* row) const;
  /// The inverse: normalised pixels. False when the picture is of another size or type.
  bool to_row(const cv::Mat& picture, float* row) const;
  /// A picture to be filled.
  cv::Mat blank() const { return cv::Mat(height_, width_, CV_8UC(channels_)); }
  bool is_grey() const { return channels_ == 1; }

 private:
  ValueCoder coder_;
  int channels_, height_, width_;
};

/// UserError unless the stage is alone in its chain and its domain is pixels: what it writes cannot be
/// followed.
void check_stands_alone_on_pixels(const StageContext& context, const char* name);

}  // namespace packrat
