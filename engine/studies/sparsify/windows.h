#pragma once
#include <cstdint>

namespace packrat {

/// How a convolution with a square window reads an image [channels, height, width] with zeros around it.
struct Windows {
  std::int64_t channels = 0, height = 0, width = 0;
  std::int64_t kernel = 1, stride = 1, padding = 0, dilation = 1;

  std::int64_t out_height() const { return places(height); }
  std::int64_t out_width() const { return places(width); }
  std::int64_t rows() const { return channels * kernel * kernel; }
  std::int64_t columns() const { return out_height() * out_width(); }

 private:
  std::int64_t places(std::int64_t side) const {
    return (side + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
  }
};

/// What all windows see, as a matrix [rows(), columns()] whose rows lie `row_step` values apart: row
/// (channel, y, x within the window), column (y, x of the output). A convolution is the weights [outputs,
/// rows()] times it.
void gather_windows(const Windows& windows, const float* image, float* matrix, std::int64_t row_step);

/// Adds a matrix of that form to the image [channels, height, width], each value where gather_windows() found
/// it: the derivative of gathering.
void scatter_windows(const Windows& windows, const float* matrix, std::int64_t row_step, float* image);

}  // namespace packrat
