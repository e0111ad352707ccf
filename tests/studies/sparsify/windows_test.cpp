#include "engine/studies/sparsify/windows.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace packrat {
namespace {

std::vector<Windows> cases() {
  std::vector<Windows> all;
  for (const std::int64_t kernel : {1, 2, 3, 5})
    for (const std::int64_t stride : {1, 2, 3})
      for (const std::int64_t padding : {0, 1, 4})
        for (const std::int64_t dilation : {1, 2})
          all.push_back({2, 9, 21, kernel, stride, padding, dilation});
  return all;
}

std::string text(const Windows& w) {
  return "kernel " + std::to_string(w.kernel) + " stride " + std::to_string(w.stride) + " padding " +
         std::to_string(w.padding) + " dilation " + std::to_string(w.dilation);
}

/// Where the window at output (oy, ox) has its place (channel, y, x) in the image; -1 for padding.
std::int64_t place(const Windows& w, std::int64_t row, std::int64_t column) {
  const std::int64_t c = row / (w.kernel * w.kernel), ky = row / w.kernel % w.kernel, kx = row % w.kernel;
  const std::int64_t y = column / w.out_width() * w.stride + ky * w.dilation - w.padding,
                     x = column % w.out_width() * w.stride + kx * w.dilation - w.padding;
  return y < 0 || y >= w.height || x < 0 || x >= w.width ? -1 : (c * w.height + y) * w.width + x;
}

TEST(Windows, GatherWhatEachWindowSeesAndZerosForPadding) {
  for (const Windows& w : cases()) {
    std::vector<float> image(static_cast<std::size_t>(w.channels * w.height * w.width));
    for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<float>(i + 1);
    const std::int64_t step = w.columns() + 3;
    std::vector<float> matrix(static_cast<std::size_t>(w.rows() * step), -1.0F);
    gather_windows(w, image.data(), matrix.data(), step);
    for (std::int64_t row = 0; row < w.rows(); ++row)
      for (std::int64_t column = 0; column < step; ++column) {
        const std::int64_t from = column < w.columns() ? place(w, row, column) : -1;
        const float beyond = column < w.columns() ? 0.0F : -1.0F;
        ASSERT_EQ(matrix[static_cast<std::size_t>(row * step + column)],
                  from < 0 ? beyond : image[static_cast<std::size_t>(from)])
            << text(w) << ", row " << row << " column " << column;
      }
  }
}

TEST(Windows, ScatterIsTheTransposeOfGather) {
  for (const Windows& w : cases()) {
    const std::int64_t step = w.columns() + 3;
    std::vector<float> matrix(static_cast<std::size_t>(w.rows() * step));
    for (std::size_t i = 0; i < matrix.size(); ++i) matrix[i] = static_cast<float>(i % 17);
    std::vector<float> image(static_cast<std::size_t>(w.channels * w.height * w.width), 1.0F),
        expected = image;
    for (std::int64_t row = 0; row < w.rows(); ++row)
      for (std::int64_t column = 0; column < w.columns(); ++column)
        if (const std::int64_t to = place(w, row, column); to >= 0)
          expected[static_cast<std::size_t>(to)] += matrix[static_cast<std::size_t>(row * step + column)];
    scatter_windows(w, matrix.data(), step, image.data());
    EXPECT_EQ(image, expected) << text(w);
  }
}

}  // namespace
}  // namespace packrat
