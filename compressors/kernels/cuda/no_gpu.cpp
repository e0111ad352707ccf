// Builds without CUDA.
#include "compressors/kernels/cuda/device.h"
#include "engine/core/error.h"

namespace packrat::kernels::cuda {

std::string why_no_gpu() {
  return "this build has no kernels for GPUs: configure one with -DPACKRAT_CUDA=ON (docs/libtorch.md)";
}

std::unique_ptr<Device> gpu_device(int, void*) {
  throw UserError(why_no_gpu());
}

}  // namespace packrat::kernels::cuda
