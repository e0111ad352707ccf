// Layers that learn nothing.
#include <algorithm>

#include "compressors/autoencoder/layer.h"

namespace packrat {
namespace {

class Relu final : public CodingLayer {
 public:
  explicit Relu(std::int64_t width) : CodingLayer(width, width) {}

  void forward(const float*, ConstRows in, Rows out) const override {
    const std::int64_t n = in.count * in.width;
    for (std::int64_t i = 0; i < n; ++i) {
      const float x = in.data[i];
      out.data[i] = x > 0 ? x : 0.0f;
    }
  }
  void backward(const Backward& b) const override {
    if (b.d_in.data == nullptr) return;
    const std::int64_t n = b.in.count * b.in.width;
    const float *const out = b.out.data, *const d_out = b.d_out.data;
    float* const d_in = b.d_in.data;
    for (std::int64_t i = 0; i < n; ++i) {
      const float d = d_out[i];  // read in any case: so that the loop has no branch
      d_in[i] = out[i] > 0 ? d : 0.0f;
    }
  }
};

class MaxPool final : public CodingLayer {
 public:
  explicit MaxPool(const MapSize& in)
      : CodingLayer(in[0] * in[1] * in[2], in[0] * in[1] * in[2] / 4),
        channels_(in[0]),
        line_(in[0] * in[2]) {}

  void forward(const float*, ConstRows in, Rows out) const override {
    for_each_line(out.count * out.width, [&](std::int64_t from, std::int64_t to) {
      const float* const x = in.data + from;
      for (std::int64_t c = 0; c < channels_; ++c)
        out.data[to + c] =
            std::max(std::max(x[c], x[channels_ + c]), std::max(x[line_ + c], x[line_ + channels_ + c]));
    });
  }

  /// The gradient goes to the first of the values that are the greatest.
  void backward(const Backward& b) const override {
    if (b.d_in.data == nullptr) return;
    std::fill(b.d_in.data, b.d_in.data + b.d_in.count * b.d_in.width, 0.0f);
    for_each_line(b.out.count * b.out.width, [&](std::int64_t from, std::int64_t to) {
      for (std::int64_t c = 0; c < channels_; ++c)
        for (const std::int64_t at : {c, channels_ + c, line_ + c, line_ + channels_ + c})
          if (b.in.data[from + at] == b.out.data[to + c]) {
            b.d_in.data[from + at] = b.d_out.data[to + c];
            break;
          }
    });
  }

 private:
  /// Calls pool(first of the four positions, the one they become), as places of their first channels, for
  /// `count` values of output. Two lines of positions become one, wherever they stand.
  template <class F>
  void for_each_line(std::int64_t count, const F& pool) const {
    for (std::int64_t to = 0, from = 0; to < count; from += 2 * line_)
      for (std::int64_t x = 0; x < line_; x += 2 * channels_, to += channels_) pool(from + x, to);
  }

  std::int64_t channels_, line_;  // line_: values of a line of positions of the input
};

class Transposition final : public CodingLayer {
 public:
  Transposition(std::int64_t rows, std::int64_t columns)
      : CodingLayer(rows * columns, rows * columns), rows_(rows), columns_(columns) {}

  void forward(const float*, ConstRows in, Rows out) const override {
    for (std::int64_t i = 0; i < in.count; ++i) transpose(in.row(i), rows_, columns_, out.row(i));
  }
  void backward(const Backward& b) const override {
    if (b.d_in.data == nullptr) return;
    for (std::int64_t i = 0; i < b.d_out.count; ++i)
      transpose(b.d_out.row(i), columns_, rows_, b.d_in.row(i));
  }

 private:
  static void transpose(const float* from, std::int64_t rows, std::int64_t columns, float* to) {
    for (std::int64_t c = 0; c < columns; ++c)
      for (std::int64_t r = 0; r < rows; ++r) *to++ = from[r * columns + c];
  }

  std::int64_t rows_, columns_;
};

}  // namespace

std::unique_ptr<const CodingLayer> make_relu(std::int64_t width) {
  return std::make_unique<Relu>(width);
}
std::unique_ptr<const CodingLayer> make_max_pool(const MapSize& in) {
  return std::make_unique<MaxPool>(in);
}
std::unique_ptr<const CodingLayer> make_transposition(std::int64_t rows, std::int64_t columns) {
  return std::make_unique<Transposition>(rows, columns);
}

}  // namespace packrat
