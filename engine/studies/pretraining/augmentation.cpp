#include "engine/studies/pretraining/augmentation.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "engine/studies/pretraining/wide.h"

namespace packrat {
namespace {

constexpr std::int64_t kImageSide = 32, kPlane = kImageSide * kImageSide, kChannels = 3, kPadding = 4;

}  // namespace

ImageReader::ImageReader(const LabelledImages& images, const std::array<float, 3>& mean,
                         const std::array<float, 3>& std, at::ScalarType type)
    : images_(images), type_(type) {
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t p = 0; p < 256; ++p) values_[c][p] = (static_cast<float>(p) / 255.0f - mean[c]) / std[c];
}

template <typename T>
void ImageReader::copy_view(std::int64_t image, const View& view, T* to) const {
  const std::uint8_t* planes = images_.pixels + image * kChannels * kPlane;
  for (std::int64_t y = 0; y < kImageSide; ++y)
    for (std::int64_t x = 0; x < kImageSide; ++x, to += kChannels) {
      const std::int64_t row = y + view.top, column = (view.mirrored ? kImageSide - 1 - x : x) + view.left;
      const bool inside = row >= 0 && row < kImageSide && column >= 0 && column < kImageSide;
      for (std::int64_t c = 0; c < kChannels; ++c)
        from_float(inside ? values_[c][planes[c * kPlane + row * kImageSide + column]] : 0.0f, to[c]);
    }
}

void ImageReader::copy_view_to(std::int64_t image, const View& view, at::Tensor& batch,
                               std::int64_t place) const {
  const std::int64_t offset = place * kPlane * kChannels;
  if (type_ == at::kFloat)
    copy_view(image, view, batch.data_ptr<float>() + offset);
  else
    copy_view(image, view, static_cast<BFloat*>(batch.data_ptr()) + offset);
}

at::Tensor ImageReader::plain(const std::vector<std::int64_t>& which, std::int64_t begin,
                              std::int64_t end) const {
  at::Tensor batch = at::empty({end - begin, kImageSide, kImageSide, kChannels}, type_);
  for (std::int64_t i = begin; i < end; ++i)
    copy_view_to(which[static_cast<std::size_t>(i)], View(), batch, i - begin);
  return batch;
}

at::Tensor ImageReader::augmented(const std::vector<std::int64_t>& which, std::int64_t begin,
                                  std::int64_t end, const Rng& augmentation) const {
  at::Tensor batch = at::empty({end - begin, kImageSide, kImageSide, kChannels}, type_);
  for (std::int64_t i = begin; i < end; ++i) {
    Rng draw = augmentation.fork("image", static_cast<std::uint64_t>(i));
    View view;
    view.top = static_cast<std::int64_t>(draw.below(2 * kPadding + 1)) - kPadding;
    view.left = static_cast<std::int64_t>(draw.below(2 * kPadding + 1)) - kPadding;
    view.mirrored = draw.below(2) == 1;
    copy_view_to(which[static_cast<std::size_t>(i)], view, batch, i - begin);
  }
  return batch;
}

at::Tensor ImageReader::labels(const std::vector<std::int64_t>& which, std::int64_t begin,
                               std::int64_t end) const {
  at::Tensor labels = at::empty({end - begin}, at::kLong);
  for (std::int64_t i = begin; i < end; ++i)
    labels.data_ptr<std::int64_t>()[i - begin] = images_.labels[which[static_cast<std::size_t>(i)]];
  return labels;
}

}  // namespace packrat
