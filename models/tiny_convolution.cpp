#include "models/tiny_convolution.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <functional>

#include "engine/core/crew.h"

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

// Half 0 or 1 of `count` channels, cut where registers of 16 floats end; kWhole: all of them.
constexpr std::int64_t kWhole = -1;
struct HalfChannels {
  HalfChannels(std::int64_t count, std::int64_t h) {
    const std::int64_t middle = h == kWhole ? 0 : count / 2 / 16 * 16;
    begin = h == 0 ? 0 : middle;
    size = h == 0 ? middle : count - middle;
  }
  std::int64_t begin, size;
};

// Runs body(0) and body(1) for maps on the CPU, body(kWhole) for others. LibTorch asks each thread whether it
// differentiates.
void for_each_half(const at::Tensor& maps, Crew* crew, const std::function<void(std::int64_t)>& body) {
  const auto quietly = [&](std::int64_t h) {
    const at::NoGradGuard no_grad;
    body(h);
  };
  if (!maps.is_cpu()) return quietly(kWhole);
  if (crew != nullptr) return crew->run(2, quietly);
  quietly(0);
  quietly(1);
}

// What the derivative of a product needs beside its arguments: pointers, which saved_data has no type for.
Crew* saved_crew(AutogradContext* context) {
  return reinterpret_cast<Crew*>(context->saved_data["crew"].toInt());  // NOLINT
}
void save(AutogradContext* context, const at::Tensor& maps, const at::Tensor& weight,
          const TinyTraining& training) {
  context->save_for_backward({maps, weight});
  context->saved_data["crew"] = reinterpret_cast<std::int64_t>(training.crew);
  if (training.overwrites_gradient) context->saved_data["gradient"] = weight.grad();
}
// Where the weight's gradient is to be written, and what backward() returns for it.
at::Tensor gradient_to_write(AutogradContext* context, const at::Tensor& weight) {
  const auto own = context->saved_data.find("gradient");
  return own == context->saved_data.end() ? at::empty_like(weight) : own->second.toTensor();
}
at::Tensor gradient_to_return(AutogradContext* context, const at::Tensor& written) {
  return context->saved_data.count("gradient") > 0 ? at::Tensor() : written;
}

// Stride 1, all taps live: every tap is one product over the rectangle of positions it serves. Done by hand,
// because the automatic derivative of sums into overlapping rectangles copies the whole map for every tap.
// Out of 2x2 maps' 36 (position, tap) pairs only the 16 live ones are computed, and no copy of the weight is
// made.
class GridConvolution : public torch::autograd::Function<GridConvolution> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& maps, const at::Tensor& weight,
                            LiveTaps taps, TinyTraining training) {
    save(context, maps, weight, training);
    const at::Tensor out = at::zeros({maps.size(0), maps.size(1), weight.size(0)}, maps.options());
    const at::Tensor in_grid = as_grid(maps, taps.side_in), out_grid = as_grid(out, taps.side_in);
    for_each_half(maps, training.crew, [&](std::int64_t h) {
      const HalfChannels half(weight.size(0), h);
      const at::Tensor own_out = out_grid.narrow(3, half.begin, half.size);
      const at::Tensor own_weight = weight.narrow(0, half.begin, half.size);
      for (const std::int64_t tap : taps.live) {
        const TapProduct p = product_of(taps, tap, in_grid, own_out, own_weight);
        p.out.add_(at::mm(as_rows(p.in), p.weight.t()).view(p.out.sizes()));
      }
    });
    context->saved_data["side"] = taps.side_in;
    context->saved_data["kernel"] = taps.kernel();
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const variable_list saved = context->get_saved_variables();
    const LiveTaps taps(context->saved_data["kernel"].toInt(), 1, context->saved_data["side"].toInt());
    const at::Tensor &maps = saved[0], &weight = saved[1], out_grad = grads[0].contiguous();
    const at::Tensor maps_grad = at::zeros_like(maps), weight_grad = gradient_to_write(context, weight);
    const bool wants_maps_grad = context->needs_input_grad(0);  // not for the head's first layer
    const at::Tensor in_grid = as_grid(maps, taps.side_in), out_grad_grid = as_grid(out_grad, taps.side_in);
    const at::Tensor in_grad_grid = as_grid(maps_grad, taps.side_in);
    for_each_half(saved[0], saved_crew(context), [&](std::int64_t h) {
      const HalfChannels out_half(weight.size(0), h), in_half(maps.size(2), h);
      for (const std::int64_t tap : taps.live) {
        const TapProduct p = product_of(taps, tap, in_grid, out_grad_grid, weight);
        const TapProduct g = product_of(taps, tap, in_grad_grid, out_grad_grid, weight_grad);
        const at::Tensor out_rows = as_rows(p.out);
        if (wants_maps_grad) {
          const at::Tensor own = g.in.narrow(3, in_half.begin, in_half.size);
          own.add_(at::mm(out_rows, p.weight.narrow(1, in_half.begin, in_half.size)).view(own.sizes()));
        }
        at::Tensor own_weight = g.weight.narrow(0, out_half.begin, out_half.size);
        at::mm_out(own_weight, out_rows.narrow(1, out_half.begin, out_half.size).t(), as_rows(p.in));
      }
    });
    return {wants_maps_grad ? maps_grad : at::Tensor(), gradient_to_return(context, weight_grad),
            at::Tensor(), at::Tensor()};
  }
};

// One output position: rows [B, T * Cin] by weight [Cout, T * Cin].
class RowProduct : public torch::autograd::Function<RowProduct> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& rows, const at::Tensor& weight,
                            TinyTraining training) {
    save(context, rows, weight, training);
    const at::Tensor out = at::empty({rows.size(0), weight.size(0)}, rows.options());
    for_each_half(rows, training.crew, [&](std::int64_t h) {
      const HalfChannels half(weight.size(0), h);
      at::Tensor own = out.narrow(1, half.begin, half.size);
      at::mm_out(own, rows, weight.narrow(0, half.begin, half.size).t());
    });
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &rows = saved[0], &weight = saved[1], out_grad = grads[0].contiguous();
    const bool wants_rows_grad = context->needs_input_grad(0);
    const at::Tensor weight_grad = gradient_to_write(context, weight);
    const at::Tensor rows_grad = wants_rows_grad ? at::empty_like(rows) : at::Tensor();
    for_each_half(saved[0], saved_crew(context), [&](std::int64_t h) {
      const HalfChannels out_half(weight.size(0), h), in_half(weight.size(1), h);
      if (wants_rows_grad) {
        at::Tensor own = rows_grad.narrow(1, in_half.begin, in_half.size);
        at::mm_out(own, out_grad, weight.narrow(1, in_half.begin, in_half.size));
      }
      at::Tensor own = weight_grad.narrow(0, out_half.begin, out_half.size);
      at::mm_out(own, out_grad.narrow(1, out_half.begin, out_half.size).t(), rows);
    });
    return {rows_grad, gradient_to_return(context, weight_grad), at::Tensor()};
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

at::Tensor tiny_convolution(const at::Tensor& maps, const at::Tensor& weight, const LiveTaps& taps,
                            const TinyTraining& training) {
  if (taps.side_out > 1) return GridConvolution::apply(maps.contiguous(), weight, taps, training);
  // One output position: its inputs, one after another, are one row of a matrix.
  const auto used = static_cast<std::int64_t>(taps.live.size());
  const at::Tensor rows = maps.narrow(1, 0, used).reshape({maps.size(0), -1});
  return RowProduct::apply(rows, weight, training).unsqueeze(1);
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
