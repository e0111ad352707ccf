#include "engine/studies/roofline/machine/memory_kernel.h"

#include "engine/studies/roofline/machine/memory_loop.h"

namespace packrat::machine {

const std::vector<MemoryKernels>& memory_kernels() {
  static const std::vector<MemoryKernels> all{
#ifdef PACKRAT_X86_KERNELS
      avx512_memory_kernels(), avx2_memory_kernels(),
#endif
      portable_memory_kernels()};
  return all;
}

const MemoryKernels& best_memory_kernels() {
  for (const MemoryKernels& kernels : memory_kernels())
    if (kernels.is_supported()) return kernels;
  return memory_kernels().back();
}

}  // namespace packrat::machine
