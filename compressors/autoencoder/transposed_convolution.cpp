// Every position becomes a square of 2x2: a product of all positions of all rows at once, and its values put
// in place.
#include <algorithm>

#include "compressors/autoencoder/weighted_layer.h"

namespace packrat {
namespace {

// W(channel in, (2 dy + dx) x channels_out + channel out).
class TransposedConvolution final : public WeightedLayer {
 public:
  TransposedConvolution(const MapSize& in, std::int64_t channels_out)
      : WeightedLayer(in[0] * in[1] * in[2], 4 * channels_out * in[1] * in[2], in[0], 4 * channels_out,
                      channels_out),
        width_(in[2]),
        in_columns_(multiples(inputs_, 1)),
        out_columns_(multiples(outputs_, 1)) {}

  void forward(const float* parameters, ConstRows in, Rows out) const override {
    const std::int64_t positions = in.count * in.width / inputs_;
    std::vector<float> squares(static_cast<std::size_t>(positions * outputs_));
    fill_with_biases(parameters, positions * outputs_, squares.data());
    const std::vector<std::int64_t> rows = multiples(positions, inputs_);
    kernels::multiply_add({in.data, rows.data(), in_columns_.data(), positions, inputs_}, parameters,
                          outputs_, squares.data(), outputs_);
    for_each_pair(positions, [&](std::int64_t square, std::int64_t pixel) {
      std::copy(&squares[static_cast<std::size_t>(square)],
                &squares[static_cast<std::size_t>(square)] + pair(), out.data + pixel);
    });
  }

  void backward(const Backward& b) const override {
    const std::int64_t positions = b.in.count * b.in.width / inputs_;
    std::vector<float> d_squares(static_cast<std::size_t>(positions * outputs_));
    for_each_pair(positions, [&](std::int64_t square, std::int64_t pixel) {
      std::copy(b.d_out.data + pixel, b.d_out.data + pixel + pair(),
                &d_squares[static_cast<std::size_t>(square)]);
    });
    add_bias_gradient(d_squares.data(), positions * outputs_, b.d_parameters);
    const std::vector<std::int64_t> in_rows = multiples(positions, inputs_);
    add_weight_gradient({b.in.data, in_columns_.data(), in_rows.data(), inputs_, positions}, d_squares.data(),
                        b.d_parameters);
    if (b.d_in.data == nullptr) return;
    std::fill(b.d_in.data, b.d_in.data + positions * inputs_, 0.0f);
    const std::vector<std::int64_t> out_rows = multiples(positions, outputs_);
    kernels::multiply_add({d_squares.data(), out_rows.data(), out_columns_.data(), positions, outputs_},
                          b.transposed, inputs_, b.d_in.data, inputs_);
  }

 private:
  /// Two pixels of a square that lie side by side in the output.
  std::int64_t pair() const { return 2 * channels_; }

  /// Calls place(where a pair lies among the squares, where among the pixels). Maps follow each other without
  /// a gap, so that a line of positions becomes two lines of pixels wherever it stands.
  template <class F>
  void for_each_pair(std::int64_t positions, const F& place) const {
    for (std::int64_t p = 0; p < positions; ++p) {
      const std::int64_t line = p / width_, x = p % width_;
      for (std::int64_t dy = 0; dy < 2; ++dy)
        place(p * outputs_ + dy * pair(), ((2 * line + dy) * width_ + x) * pair());
    }
  }

  std::int64_t width_;
  std::vector<std::int64_t> in_columns_, out_columns_;
};

}  // namespace

std::unique_ptr<const CodingLayer> make_transposed_convolution(const MapSize& in, std::int64_t channels_out) {
  return std::make_unique<TransposedConvolution>(in, channels_out);
}

}  // namespace packrat
