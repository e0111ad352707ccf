#include "engine/studies/sparsify/pixel_data.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "engine/core/error.h"
#include "engine/data/dataset.h"
#include "engine/data/feature_dataset.h"
#include "engine/data/grey_dataset.h"

namespace packrat {
namespace {

constexpr std::int64_t kMostValidation = 10000;
constexpr std::uint64_t kChoiceSeed = 20200713;  // fixed: all runs share the choice

struct RawImages {
  const std::uint8_t* pixels;
  std::vector<std::int64_t> labels;
};

PixelSet take(const RawImages& raw, const std::vector<std::int64_t>& which,
              std::array<std::int64_t, 3> shape) {
  const std::int64_t width = shape[0] * shape[1] * shape[2], count = static_cast<std::int64_t>(which.size());
  PixelSet set{at::empty({count, shape[0], shape[1], shape[2]}, at::kFloat), at::empty({count}, at::kLong)};
  auto* out = set.images.data_ptr<float>();
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint8_t* in = raw.pixels + which[static_cast<std::size_t>(i)] * width;
    for (std::int64_t k = 0; k < width; ++k) *out++ = (static_cast<float>(in[k]) / 255.0F - 0.5F) / 0.5F;
    set.labels.data_ptr<std::int64_t>()[i] =
        raw.labels[static_cast<std::size_t>(which[static_cast<std::size_t>(i)])];
  }
  return set;
}

std::vector<std::int64_t> all_of(std::size_t count) {
  std::vector<std::int64_t> which(count);
  std::iota(which.begin(), which.end(), 0);
  return which;
}

/// A data set as it lies on disk.
struct RawData {
  std::string dataset, id;
  std::int64_t classes;
  std::array<std::int64_t, 3> shape;
  RawImages train, test;
};

PixelSet no_images(std::array<std::int64_t, 3> shape) {
  return {at::empty({0, shape[0], shape[1], shape[2]}), at::empty({0}, at::kLong)};
}

PixelData test_of(const RawData& raw) {
  return {raw.dataset,          raw.id,
          raw.classes,          no_images(raw.shape),
          no_images(raw.shape), take(raw.test, all_of(raw.test.labels.size()), raw.shape)};
}

PixelData split(const RawData& raw, std::int64_t train_images) {
  const std::vector<std::int64_t>& labels = raw.train.labels;
  const auto there = static_cast<std::int64_t>(labels.size());
  if (train_images < 0 || train_images > there)
    throw UserError(fmt::format("--train_images {}: choose 1 to {}, or 0 for all", train_images, there));
  const std::int64_t used = train_images == 0 ? there : train_images;
  const std::int64_t held_out = std::min({used, there - used, kMostValidation});
  PixelData data = test_of(raw);
  data.train = take(
      raw.train, train_images == 0 ? all_of(labels.size()) : stratified_choice(labels, raw.classes, used, 0),
      raw.shape);
  if (held_out > 0)
    data.validation = take(raw.train, stratified_choice(labels, raw.classes, held_out, used), raw.shape);
  return data;
}

template <typename Label>
RawImages raw(const std::vector<std::uint8_t>& pixels, const std::vector<Label>& labels) {
  return {pixels.data(), {labels.begin(), labels.end()}};
}

/// What `use` makes of the data set while its images are in memory.
PixelData with_dataset(const std::string& dataset, const std::filesystem::path& data_dir,
                       const ProgressFn& progress, const std::function<PixelData(const RawData&)>& use) {
  if (const GreyDatasetInfo* info = find_grey_dataset(dataset)) {
    const GreyDataset grey = load_grey_dataset(*info, data_dir);
    return use({info->name,
                grey.digest,
                info->classes,
                {1, grey.train.side, grey.train.side},
                raw(grey.train.pixels, grey.train.labels),
                raw(grey.test.pixels, grey.test.labels)});
  }
  require_images(dataset, "packrat sparsify");
  const Dataset colour = load_dataset(dataset, data_dir, progress);
  const std::vector<std::uint8_t> train = colour.train.pixels(), test = colour.test.pixels();
  return use({colour.info.name, colour.sha256, colour.info.classes, colour.info.image.shape(),
              raw(train, colour.train.labels), raw(test, colour.test.labels)});
}

}  // namespace

std::array<std::int64_t, 3> PixelData::image_shape() const {
  return {train.images.size(1), train.images.size(2), train.images.size(3)};
}

std::vector<std::int64_t> stratified_choice(const std::vector<std::int64_t>& labels, std::int64_t classes,
                                            std::int64_t count, std::int64_t skip) {
  std::vector<std::vector<std::int64_t>> of_class(static_cast<std::size_t>(classes));
  for (std::size_t i = 0; i < labels.size(); ++i)
    of_class[static_cast<std::size_t>(labels[i])].push_back(static_cast<std::int64_t>(i));
  const auto share = [&](std::int64_t all, std::int64_t c) {
    return all / classes + (c < all % classes ? 1 : 0);
  };
  std::vector<std::int64_t> chosen;
  for (std::int64_t c = 0; c < classes; ++c) {
    std::vector<std::int64_t>& images = of_class[static_cast<std::size_t>(c)];
    const std::int64_t begin = share(skip, c), end = begin + share(count, c);
    if (end > static_cast<std::int64_t>(images.size()))
      throw UserError(fmt::format(
          "class {} has {} training images, but {} are asked for: choose a smaller --train_images", c,
          images.size(), end));
    Rng(kChoiceSeed).fork("class", static_cast<std::uint64_t>(c)).shuffle(images);
    chosen.insert(chosen.end(), images.begin() + begin, images.begin() + end);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

PixelData load_pixels(const std::string& dataset, const std::filesystem::path& data_dir,
                      std::int64_t train_images, const ProgressFn& progress) {
  return with_dataset(dataset, data_dir, progress,
                      [&](const RawData& raw) { return split(raw, train_images); });
}

PixelData load_test_pixels(const std::string& dataset, const std::filesystem::path& data_dir,
                           const ProgressFn& progress) {
  return with_dataset(dataset, data_dir, progress, test_of);
}

}  // namespace packrat
