// Builds without CUDA.
#include "compressors/kernels/cuda/device.h"
#include "engine/core/error.h"

namespace packrat::kernels::cuda {

std::string why_no_gpu() {
  return "no GPU: this build has no CUDA kernels; configure one with -DPACKRAT_CUDA=ON";
}

std::unique_ptr<Device> gpu_device(int, void*) {
  throw UserError(why_no_gpu());
}

}  // namespace packrat::kernels::cuda
