#include "engine/studies/sparsify/linear_map.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "engine/studies/sparsify/output_noise.h"
#include "engine/studies/sparsify/windows.h"
#include "models/torch_compat.h"

namespace packrat {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

Windows windows_of(const LayerShape& shape, const at::Tensor& x) {
  return {x.size(1), x.size(2), x.size(3), shape.kernel, shape.stride, shape.padding, shape.dilation};
}

/// A batch in pieces, each a product of matrices: some images of a convolution, of whose windows the matrix
/// stays in the cache, or all rows of a linear layer.
class Pieces {
 public:
  Pieces(const LayerShape& shape, const at::Tensor& x)
      : convolution_(shape.convolution()), x_(x), images_(x.size(0)) {
    if (!convolution_) return;
    windows_ = windows_of(shape, x);
    constexpr std::int64_t kColumns = 64;  // fewer make the product slow
    images_ = std::max<std::int64_t>(1, kColumns / positions());
    matrix_ = at::empty({windows_.rows(), images_ * positions()}, x.options().requires_grad(false));
  }

  std::int64_t count() const { return (x_.size(0) + images_ - 1) / images_; }
  std::int64_t positions() const { return convolution_ ? windows_.columns() : 1; }

  /// The inputs of piece i, [input parts * fan_in, images * positions]; valid until the next call.
  at::Tensor inputs(std::int64_t i) {
    if (!convolution_) return x_.t();
    for (std::int64_t image = 0; image < images_of(i); ++image)
      gather_windows(windows_, x_.data_ptr<float>() + (i * images_ + image) * image_values(),
                     matrix_.data_ptr<float>() + image * positions(), matrix_.stride(0));
    return matrix_.narrow(1, 0, images_of(i) * positions());
  }

  /// Piece i of outputs, or of what has their form [N, channels, positions], as a matrix [channels, images *
  /// positions].
  at::Tensor outputs(const at::Tensor& y, std::int64_t i) const {
    const at::Tensor piece = piece_of(y, i);
    if (positions() == 1) return piece.select(2, 0).t();
    return images_ == 1 ? piece[0] : piece.transpose(0, 1).flatten(1);
  }
  /// y = matrix x inputs, in piece i.
  void multiply(const at::Tensor& matrix, const at::Tensor& inputs, const at::Tensor& y,
                std::int64_t i) const {
    if (positions() == 1 || images_ == 1) {  // the piece of y is a matrix where it lies
      at::Tensor out = outputs(y, i);
      at::mm_out(out, matrix, inputs);
    } else {
      piece_of(y, i).transpose(0, 1).copy_(
          at::mm(matrix, inputs).view({matrix.size(0), images_of(i), positions()}));
    }
  }

  /// The gradient by inputs() from that by outputs(): the transposed matrix times it.
  at::Tensor back(const at::Tensor& matrix, const at::Tensor& by_outputs) const {
    return convolution_ ? at::mm(matrix.t(), by_outputs) : at::mm(by_outputs.t(), matrix).t();
  }
  /// Adds the gradient by inputs(i) to that by x.
  void add_gradient(const at::Tensor& by_inputs, std::int64_t i, const at::Tensor& by_x) const {
    if (!convolution_) {
      by_x.add_(by_inputs.t());
      return;
    }
    for (std::int64_t image = 0; image < images_of(i); ++image)
      scatter_windows(windows_, by_inputs.data_ptr<float>() + image * positions(), by_inputs.stride(0),
                      by_x.data_ptr<float>() + (i * images_ + image) * image_values());
  }

 private:
  std::int64_t image_values() const { return windows_.channels * windows_.height * windows_.width; }
  std::int64_t images_of(std::int64_t i) const { return std::min(images_, x_.size(0) - i * images_); }
  at::Tensor piece_of(const at::Tensor& y, std::int64_t i) const {
    return y.narrow(0, i * images_, images_of(i)).view({images_of(i), y.size(1), positions()});
  }

  bool convolution_;
  at::Tensor x_, matrix_;
  std::int64_t images_;  // of a piece
  Windows windows_;
};

/// 2 for a complex layer whose input has imaginary parts, else 1.
std::int64_t input_parts(const LayerShape& shape, const at::Tensor& x) {
  return x.size(1) / shape.inputs;
}

/// The weights as one real matrix [parts * outputs, input parts * fan_in]: of complex ones [[re, -im], [im,
/// re]], which acts on (re, im) of the input, or [[re], [im]], which acts on a real one.
at::Tensor real_matrix(const LayerShape& shape, const at::Tensor& mean, std::int64_t parts_in) {
  const std::int64_t rows = shape.outputs, columns = shape.fan_in();
  if (parts_in == 1) return mean.view({shape.parts() * rows, columns});
  const at::Tensor re = mean[0].view({rows, columns}), im = mean[1].view({rows, columns});
  return at::cat({at::cat({re, -im}, 1), at::cat({im, re}, 1)}, 0);
}

/// The gradient by the weights from that by real_matrix().
at::Tensor from_real_matrix(const LayerShape& shape, const at::Tensor& gradient, const at::Tensor& mean) {
  if (gradient.numel() == mean.numel()) return gradient.view(mean.sizes());
  const auto block = [&](std::int64_t row, std::int64_t column) {
    return gradient.narrow(0, row * shape.outputs, shape.outputs)
        .narrow(1, column * shape.fan_in(), shape.fan_in());
  };
  return at::stack({block(0, 0) + block(1, 1), block(1, 0) - block(0, 1)}).view(mean.sizes());
}

/// |x|^2 of each input: [fan_in, columns] from [input parts * fan_in, columns].
at::Tensor power(const LayerShape& shape, const at::Tensor& inputs) {
  if (inputs.size(0) == shape.fan_in()) return inputs * inputs;
  const at::Tensor re = inputs.narrow(0, 0, shape.fan_in()),
                   im = inputs.narrow(0, shape.fan_in(), shape.fan_in());
  return (re * re).addcmul_(im, im);
}

/// Adds to the gradient by the inputs what comes through power().
void add_through_power(const LayerShape& shape, const at::Tensor& by_power, const at::Tensor& inputs,
                       const at::Tensor& by_inputs) {
  for (std::int64_t row = 0; row < inputs.size(0); row += shape.fan_in())
    by_inputs.narrow(0, row, shape.fan_in()).addcmul_(by_power, inputs.narrow(0, row, shape.fan_in()), 2);
}

/// sum (+)= a b.
void add_product(const at::Tensor& a, const at::Tensor& b, bool add, at::Tensor sum) {
  at::addmm_out(sum, sum, a, b, add ? 1 : 0);
}

class LinearMap : public torch::autograd::Function<LinearMap> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& mean,
                            const at::Tensor& bias, const OptionalTensor& log_sigma2,
                            const OptionalTensor& mask, const OptionalTensor& noise,
                            const LayerShape* shape) {
    const at::Tensor x = input.contiguous();
    Pieces pieces(*shape, x);
    const at::Tensor y = at::empty(output_sizes(*shape, x), x.options());
    const at::Tensor matrix = real_matrix(*shape, mean, input_parts(*shape, x));
    at::Tensor variances, deviation;
    if (noise) {
      variances = log_sigma2->exp().view({shape->outputs, shape->fan_in()});
      deviation = at::empty({x.size(0), shape->outputs, pieces.positions()}, x.options());
    }
    for (std::int64_t i = 0; i < pieces.count(); ++i) {
      const at::Tensor inputs = pieces.inputs(i);
      pieces.multiply(matrix, inputs, y, i);
      if (noise) pieces.multiply(variances, power(*shape, inputs), deviation, i);
    }
    if (noise)
      add_output_noise(layout(*shape, pieces, x), rows_of(bias, pieces).data_ptr<float>(),
                       noise->data_ptr<float>(), deviation.data_ptr<float>(), y.data_ptr<float>());
    else
      y.add_(shape->convolution() ? bias.view({1, -1, 1, 1}) : bias);
    context->save_for_backward(
        {x, mean, mask.value_or(at::Tensor()), noise.value_or(at::Tensor()), variances, deviation});
    context->saved_data["shape"] = reinterpret_cast<std::int64_t>(shape);
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &mean = saved[1], &mask = saved[2], &noise = saved[3],
                     &variances = saved[4], &deviation = saved[5];
    const auto& shape = *reinterpret_cast<const LayerShape*>(context->saved_data["shape"].toInt());
    const bool drawn = noise.defined(), wants_x = context->needs_input_grad(0);
    const at::Tensor by_y = gradients[0].contiguous(),
                     matrix = real_matrix(shape, mean, input_parts(shape, x));
    Pieces pieces(shape, x);
    at::Tensor by_matrix = at::empty_like(matrix), by_variances, by_variance;
    if (drawn) {
      by_variances = at::empty_like(variances);
      by_variance = at::empty_like(deviation);
      output_noise_gradient(layout(shape, pieces, x), by_y.data_ptr<float>(), noise.data_ptr<float>(),
                            deviation.data_ptr<float>(), by_variance.data_ptr<float>());
    }
    const at::Tensor by_x = wants_x ? at::zeros_like(x) : at::Tensor();
    for (std::int64_t i = 0; i < pieces.count(); ++i) {
      const at::Tensor inputs = pieces.inputs(i), by_outputs = pieces.outputs(by_y, i);
      add_product(by_outputs, inputs.t(), i > 0, by_matrix);
      const at::Tensor by_inputs = wants_x ? pieces.back(matrix, by_outputs) : at::Tensor();
      if (drawn) {
        const at::Tensor by_piece = pieces.outputs(by_variance, i);
        add_product(by_piece, power(shape, inputs).t(), i > 0, by_variances);
        if (wants_x) add_through_power(shape, pieces.back(variances, by_piece), inputs, by_inputs);
      }
      if (wants_x) pieces.add_gradient(by_inputs, i, by_x);
    }
    at::Tensor by_mean = from_real_matrix(shape, by_matrix, mean), by_log_sigma2;
    if (mask.defined()) by_mean.mul_(mask);
    if (drawn) by_log_sigma2 = by_variances.mul_(variances).view(mean.sizes().slice(shape.parts() - 1));
    const at::Tensor by_bias = shape.convolution() ? by_y.sum({0, 2, 3}) : by_y.sum(0);
    return {by_x, by_mean, by_bias, by_log_sigma2, at::Tensor(), at::Tensor(), at::Tensor()};
  }

 private:
  static OutputLayout layout(const LayerShape& shape, const Pieces& pieces, const at::Tensor& x) {
    return {x.size(0), shape.parts(), shape.outputs * pieces.positions()};
  }
  /// The biases, each as often as there are positions.
  static at::Tensor rows_of(const at::Tensor& bias, const Pieces& pieces) {
    return bias.repeat_interleave(pieces.positions());
  }
};

}  // namespace

std::vector<std::int64_t> output_sizes(const LayerShape& shape, const at::Tensor& x) {
  const std::int64_t channels = shape.parts() * shape.outputs;
  if (!shape.convolution()) return {x.size(0), channels};
  const Windows windows = windows_of(shape, x);
  return {x.size(0), channels, windows.out_height(), windows.out_width()};
}

at::Tensor linear_map(const LayerShape& shape, const at::Tensor& x, const LinearMapWeights& weights,
                      const at::Tensor& noise) {
  return LinearMap::apply(x, weights.mean, weights.bias, if_defined(weights.log_sigma2),
                          if_defined(weights.mask), if_defined(noise), &shape);
}

}  // namespace packrat
