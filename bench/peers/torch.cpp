#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "bench/kernels/block.h"
#include "bench/peers/rows.h"

namespace packrat::bench {

// An affine quantizer of 8 bits, as tensors have it; the tensor of floats is made again for each call.
void add_torch() {
  at::set_num_threads(1);
  const Block* block = &block_of(kPeerValues, 8);
  const at::Tensor x = at::tensor(at::ArrayRef<float>(block->x));
  const at::Tensor quantized = at::quantize_per_tensor(x, block->quantizer.step, 0, at::kQUInt8);
  const auto out = std::make_shared<at::Tensor>();
  add_benchmark(
      "peer/torch/dequantize/width:8", kPeerValues, [=] { *out = quantized.dequantize(); },
      [=] {
        return near_floats(out->data_ptr<float>(), block->x.data(), kPeerValues,
                           1.01f * block->quantizer.step);
      },
      8);
}

}  // namespace packrat::bench
