#pragma once
#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <vector>

#include "engine/core/rng.h"

namespace packrat {

/// Images as the data sets hold them.
struct LabelledImages {
  const std::uint8_t* pixels = nullptr;   ///< [count, 3, 32, 32], planar RGB
  const std::uint16_t* labels = nullptr;  ///< [count]
  std::int64_t count = 0;
};

/// Turns images into what a network takes in: float32 or bfloat16 [B, 32, 32, 3], position by position, pixel
/// p of channel c as (p/255 - mean[c]) / std[c].
class ImageReader {
 public:
  ImageReader(const LabelledImages& images, const std::array<float, 3>& mean, const std::array<float, 3>& std,
              at::ScalarType type);

  /// The images `which[begin .. end)` as they are.
  at::Tensor plain(const std::vector<std::int64_t>& which, std::int64_t begin, std::int64_t end) const;
  /// The same, each mirrored with probability 1/2 and cropped at random after padding by 4 (He et al., CVPR
  /// 2016, section 4.2); the padding has the data set's mean colour. Image `which[i]` draws from
  /// augmentation.fork("image", i): batches may be cut anywhere.
  at::Tensor augmented(const std::vector<std::int64_t>& which, std::int64_t begin, std::int64_t end,
                       const Rng& augmentation) const;
  /// int64 [end - begin].
  at::Tensor labels(const std::vector<std::int64_t>& which, std::int64_t begin, std::int64_t end) const;

 private:
  struct View {
    std::int64_t top = 0, left = 0;  // of the crop, seen from the image: -4 .. 4
    bool mirrored = false;
  };
  template <typename T>
  void copy_view(std::int64_t image, const View& view, T* to) const;
  void copy_view_to(std::int64_t image, const View& view, at::Tensor& batch, std::int64_t place) const;

  LabelledImages images_;
  at::ScalarType type_;
  std::array<std::array<float, 256>, 3> values_;  // by channel and pixel
};

}  // namespace packrat
