#include "models/tiny_convolution.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

namespace packrat {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// A rectangle of a [B, side, side, C] map that one tap reads (or writes), and the tap's columns of the
// weight.
struct TapProduct {
  at::Tensor in, out, weight;
};

// The tap's views; `in` and `out` may be activations or their gradients.
TapProduct product_of(const LiveTaps& taps, std::int64_t tap, const at::Tensor& in, const at::Tensor& out,
                      const at::Tensor& weight) {
  const LiveTaps::Stretch rows = taps.stretch(tap / taps.kernel()),
                          columns = taps.stretch(tap % taps.kernel());
  const std::int64_t channels = in.size(3);
  return {in.narrow(1, rows.in, rows.count).narrow(2, columns.in, columns.count),
          out.narrow(1, rows.out, rows.count).narrow(2, columns.out, columns.count),
          weight.narrow(1, tap * channels, channels)};
}

at::Tensor as_rows(const at::Tensor& rectangle) {
  return rectangle.reshape({-1, rectangle.size(3)});
}

at::Tensor as_grid(const at::Tensor& positions, std::int64_t side) {
  return positions.view({positions.size(0), side, side, positions.size(2)});
}

// Stride 1, all taps live: every tap is one product over the rectangle of positions it serves. Done by hand,
// because the automatic derivative of sums into overlapping rectangles copies the whole map for every tap.
// Out of 2x2 maps' 36 (position, tap) pairs only the 16 live ones are computed, and no copy of the weight is
// made.
class GridConvolution : public torch::autograd::Function<GridConvolution> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& maps, const at::Tensor& weight,
                            LiveTaps taps) {
    context->save_for_backward({maps, weight});
    const at::Tensor out = at::zeros({maps.size(0), maps.size(1), weight.size(0)}, maps.options());
    const at::Tensor in_grid = as_grid(maps, taps.side_in), out_grid = as_grid(out, taps.side_in);
    for (const std::int64_t tap : taps.live) {
      const TapProduct p = product_of(taps, tap, in_grid, out_grid, weight);
      p.out.add_(at::mm(as_rows(p.in), p.weight.t()).view(p.out.sizes()));
    }
    context->saved_data["side"] = taps.side_in;
    context->saved_data["kernel"] = taps.kernel();
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const variable_list saved = context->get_saved_variables();
    const LiveTaps taps(context->saved_data["kernel"].toInt(), 1, context->saved_data["side"].toInt());
    const at::Tensor &maps = saved[0], &weight = saved[1], out_grad = grads[0].contiguous();
    const at::Tensor maps_grad = at::zeros_like(maps), weight_grad = at::empty_like(weight);
    const bool wants_maps_grad = context->needs_input_grad(0);  // not for the head's first layer
    const at::Tensor in_grid = as_grid(maps, taps.side_in), out_grad_grid = as_grid(out_grad, taps.side_in);
    const at::Tensor in_grad_grid = as_grid(maps_grad, taps.side_in);
    for (const std::int64_t tap : taps.live) {
      const TapProduct p = product_of(taps, tap, in_grid, out_grad_grid, weight);
      const TapProduct g = product_of(taps, tap, in_grad_grid, out_grad_grid, weight_grad);
      const at::Tensor out_rows = as_rows(p.out);
      if (wants_maps_grad) g.in.add_(at::mm(out_rows, p.weight).view(g.in.sizes()));
      at::Tensor weight_columns = g.weight;
      at::mm_out(weight_columns, out_rows.t(), as_rows(p.in));
    }
    return {wants_maps_grad ? maps_grad : at::Tensor(), weight_grad, at::Tensor()};
  }
};

// [Cout, Cin, k, k] seen as [Cout, tap, Cin].
at::Tensor tap_major(const at::Tensor& kernel) {
  return kernel.flatten(2).permute({0, 2, 1});
}

at::Tensor index_of(const std::vector<std::int64_t>& taps, const at::Tensor& like) {
  return at::tensor(taps, at::kLong).to(like.device());
}

}  // namespace

at::Tensor tiny_convolution(const at::Tensor& maps, const at::Tensor& weight, const LiveTaps& taps) {
  if (taps.side_out > 1) return GridConvolution::apply(maps.contiguous(), weight, taps);
  // One output position: its inputs, one after another, are one row of a matrix.
  const auto used = static_cast<std::int64_t>(taps.live.size());
  const at::Tensor rows = maps.narrow(1, 0, used).reshape({maps.size(0), -1});
  return at::mm(rows, weight.t()).unsqueeze(1);
}

at::Tensor gather_taps(const at::Tensor& kernel, const std::vector<std::int64_t>& taps) {
  return tap_major(kernel).index_select(1, index_of(taps, kernel)).flatten(1).contiguous();
}

void scatter_taps(const at::Tensor& columns, const std::vector<std::int64_t>& taps, at::Tensor& kernel) {
  const auto count = static_cast<std::int64_t>(taps.size());
  tap_major(kernel).index_copy_(1, index_of(taps, kernel),
                                columns.view({kernel.size(0), count, kernel.size(1)}));
}

}  // namespace packrat
