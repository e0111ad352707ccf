#pragma once

/// In front of a function that becomes part of its callers. nvcc compiles it for the processor and for the
/// GPU, any other compiler for the processor alone. It names nothing that only one side has.
#ifdef __CUDACC__
#define PACKRAT_DEVICE __host__ __device__ __forceinline__
#else
#define PACKRAT_DEVICE inline __attribute__((always_inline))
#endif
