#pragma once
#include <ATen/core/Tensor.h>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/core/progress.h"
#include "engine/core/rng.h"

namespace packrat {

/// Images as networks take them.
struct PixelSet {
  at::Tensor images;  ///< float32 [N, channels, side, side], (pixel/255 - 0.5)/0.5
  at::Tensor labels;  ///< int64 [N]

  std::int64_t count() const { return labels.numel(); }
};

struct PixelData {
  std::string dataset;  ///< "fashion-mnist"
  std::string id;       ///< tells the bytes of the data set, for fingerprints
  std::int64_t classes = 0;
  PixelSet train, validation, test;

  std::array<std::int64_t, 3> image_shape() const;  ///< channels, height, width
};

/// Indices, rising, of `count` images with every class's share, the same for every seed of a run: each class
/// is put into a fixed random order and gives its next images. `skip`: that many, of shares as large, are
/// passed over first. Shares that do not come out whole go to the lower classes. UserError when a class has
/// too few.
std::vector<std::int64_t> stratified_choice(const std::vector<std::int64_t>& labels, std::int64_t classes,
                                            std::int64_t count, std::int64_t skip);

/// Loads `dataset` (mnist, fashion-mnist, or one of dataset.h) into memory. Training images: `train_images`
/// of them by stratified_choice(), or all for 0. Validation: up to as many further ones, at most 10000, when
/// some are left over. Test: the usual test set, all of it. UserError for an unknown name, missing files and
/// too few images.
PixelData load_pixels(const std::string& dataset, const std::filesystem::path& data_dir,
                      std::int64_t train_images, const ProgressFn& progress = {});

/// The same without training and validation images.
PixelData load_test_pixels(const std::string& dataset, const std::filesystem::path& data_dir,
                           const ProgressFn& progress = {});

}  // namespace packrat
