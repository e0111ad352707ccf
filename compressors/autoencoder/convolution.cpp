// 3x3 neighbourhoods: rows of a matrix that overlap in memory, so that none is copied.
#include <algorithm>

#include "compressors/autoencoder/weighted_layer.h"

namespace packrat {
namespace {

constexpr std::int64_t kTaps = 9;

/// A map with a border of zeros, one wide, and its neighbourhoods as a matrix [positions, taps x channels].
class PaddedMap {
 public:
  PaddedMap(std::int64_t channels, std::int64_t height, std::int64_t width)
      : channels_(channels), height_(height), width_(width) {
    for (std::int64_t y = 0; y < height; ++y)
      for (std::int64_t x = 0; x < width; ++x) positions_.push_back(place(y, x));
    for (std::int64_t y = 0; y < 3; ++y)
      for (std::int64_t x = 0; x < 3; ++x)
        for (std::int64_t c = 0; c < channels; ++c) taps_.push_back(place(y, x) + c);
  }

  std::vector<float> blank() const {
    return std::vector<float>(static_cast<std::size_t>((height_ + 2) * (width_ + 2) * channels_), 0.0f);
  }
  /// Copies a map into the middle; the border stays.
  void fill(const float* map, float* padded) const {
    for (std::int64_t y = 0; y < height_; ++y)
      std::copy(map + y * width_ * channels_, map + (y + 1) * width_ * channels_, padded + place(y + 1, 1));
  }
  kernels::OffsetMatrix neighbourhoods(const float* padded) const {
    return {padded, positions_.data(), taps_.data(), count(positions_), count(taps_)};
  }
  kernels::OffsetMatrix transposed(const float* padded) const {
    return {padded, taps_.data(), positions_.data(), count(taps_), count(positions_)};
  }

 private:
  static std::int64_t count(const std::vector<std::int64_t>& v) {
    return static_cast<std::int64_t>(v.size());
  }
  std::int64_t place(std::int64_t y, std::int64_t x) const { return (y * (width_ + 2) + x) * channels_; }

  std::int64_t channels_, height_, width_;
  std::vector<std::int64_t> positions_, taps_;
};

// W(tap x channels_in + channel in, channel out).
class Convolution final : public WeightedLayer {
 public:
  Convolution(const MapSize& in, std::int64_t channels_out)
      : WeightedLayer(in[0] * in[1] * in[2], channels_out * in[1] * in[2], kTaps * in[0], channels_out,
                      channels_out),
        channels_in_(in[0]),
        in_(in[0], in[1], in[2]),
        out_(channels_out, in[1], in[2]) {}

  void forward(const float* parameters, ConstRows in, Rows out) const override {
    fill_with_biases(parameters, out.count * out.width, out.data);
    std::vector<float> padded = in_.blank();
    for (std::int64_t i = 0; i < in.count; ++i) {
      in_.fill(in.row(i), padded.data());
      kernels::multiply_add(in_.neighbourhoods(padded.data()), parameters, outputs_, out.row(i), outputs_);
    }
  }

  void backward(const Backward& b) const override {
    add_bias_gradient(b.d_out.data, b.d_out.count * b.d_out.width, b.d_parameters);
    std::vector<float> padded = in_.blank(), d_padded = out_.blank();
    for (std::int64_t i = 0; i < b.in.count; ++i) {
      in_.fill(b.in.row(i), padded.data());
      add_weight_gradient(in_.transposed(padded.data()), b.d_out.row(i), b.d_parameters);
      if (b.d_in.data == nullptr) continue;
      out_.fill(b.d_out.row(i), d_padded.data());
      std::fill(b.d_in.row(i), b.d_in.row(i) + b.d_in.width, 0.0f);
      kernels::multiply_add(out_.neighbourhoods(d_padded.data()), b.transposed, channels_in_, b.d_in.row(i),
                            channels_in_);
    }
  }

  /// An input meets the taps from the other side: W'(tap x channels_out + channel out, channel in) is
  /// W((8 - tap) x channels_in + channel in, channel out).
  void transpose(const float* parameters, float* transposed) const override {
    std::vector<float> mirrored;
    for (std::int64_t tap = kTaps - 1; tap >= 0; --tap)
      for (std::int64_t out = 0; out < outputs_; ++out)
        for (std::int64_t in = 0; in < channels_in_; ++in)
          mirrored.push_back(parameters[place(tap * channels_in_ + in, out)]);
    kernels::pack_panels(mirrored.data(), channels_in_, 1, kTaps * outputs_, channels_in_, transposed);
  }

 private:
  std::int64_t channels_in_;
  PaddedMap in_, out_;
};

}  // namespace

std::unique_ptr<const CodingLayer> make_convolution(const MapSize& in, std::int64_t channels_out) {
  return std::make_unique<Convolution>(in, channels_out);
}

}  // namespace packrat
