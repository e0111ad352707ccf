#include "engine/studies/sparsify/pooled_relu.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "engine/studies/sparsify/pool_kernel.h"

namespace packrat {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class PooledRelu : public torch::autograd::Function<PooledRelu> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& maps, std::int64_t side) {
    const at::Tensor x = maps.contiguous();
    const at::Tensor y = at::empty({x.size(0), x.size(1), x.size(2) / side, x.size(3) / side}, x.options());
    pool_relu(planes(x, side), x.data_ptr<float>(), y.data_ptr<float>());
    context->save_for_backward({x});
    context->saved_data["side"] = side;
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const at::Tensor x = context->get_saved_variables()[0], by_y = gradients[0].contiguous();
    const at::Tensor by_x = at::zeros_like(x);
    pool_relu_gradient(planes(x, context->saved_data["side"].toInt()), x.data_ptr<float>(),
                       by_y.data_ptr<float>(), by_x.data_ptr<float>());
    return {by_x, at::Tensor()};
  }

 private:
  static PoolPlanes planes(const at::Tensor& x, std::int64_t side) {
    return {x.size(0) * x.size(1), x.size(2), x.size(3), side};
  }
};

}  // namespace

at::Tensor pooled_relu(const at::Tensor& x, std::int64_t side) {
  return PooledRelu::apply(x, side);
}

}  // namespace packrat
