// Every input with every output.
#include <algorithm>

#include "compressors/autoencoder/weighted_layer.h"

namespace packrat {
namespace {

class Linear final : public WeightedLayer {
 public:
  Linear(std::int64_t width_in, std::int64_t width_out)
      : WeightedLayer(width_in, width_out, width_in, width_out, width_out),
        in_columns_(multiples(width_in, 1)),
        out_columns_(multiples(width_out, 1)) {}

  void forward(const float* parameters, ConstRows in, Rows out) const override {
    fill_with_biases(parameters, out.count * out.width, out.data);
    const std::vector<std::int64_t> rows = multiples(in.count, in.width);
    kernels::multiply_add({in.data, rows.data(), in_columns_.data(), in.count, in.width}, parameters,
                          outputs_, out.data, out.width);
  }

  void backward(const Backward& b) const override {
    add_bias_gradient(b.d_out.data, b.d_out.count * outputs_, b.d_parameters);
    const std::vector<std::int64_t> in_rows = multiples(b.in.count, inputs_);
    add_weight_gradient({b.in.data, in_columns_.data(), in_rows.data(), inputs_, b.in.count}, b.d_out.data,
                        b.d_parameters);
    if (b.d_in.data == nullptr) return;
    std::fill(b.d_in.data, b.d_in.data + b.d_in.count * inputs_, 0.0f);
    const std::vector<std::int64_t> out_rows = multiples(b.d_out.count, outputs_);
    kernels::multiply_add({b.d_out.data, out_rows.data(), out_columns_.data(), b.d_out.count, outputs_},
                          b.transposed, inputs_, b.d_in.data, inputs_);
  }

 private:
  std::vector<std::int64_t> in_columns_, out_columns_;
};

}  // namespace

std::unique_ptr<const CodingLayer> make_linear(std::int64_t width_in, std::int64_t width_out) {
  return std::make_unique<Linear>(width_in, width_out);
}

}  // namespace packrat
