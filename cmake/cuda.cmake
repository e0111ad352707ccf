# CUDA, for our own kernels. nvcc is that of PATH, of the variable CUDACXX, or of -DCMAKE_CUDA_COMPILER=FILE, which may come from
# NVIDIA's wheels; no GPU is needed, nor LibTorch. docs/libtorch.md, "CUDA".
if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)  # Turing, Ampere and Hopper; newer ones compile the PTX of the last
  set(CMAKE_CUDA_ARCHITECTURES 75-real 80-real 90 CACHE STRING "GPUs that the kernels are compiled for")
endif()
if(NOT DEFINED CMAKE_CUDA_HOST_COMPILER)
  set(CMAKE_CUDA_HOST_COMPILER ${CMAKE_CXX_COMPILER})
endif()
include(CheckLanguage)
check_language(CUDA)
if(NOT CMAKE_CUDA_COMPILER)
  message(FATAL_ERROR "PACKRAT_CUDA=ON needs nvcc: install the CUDA toolkit, or name an nvcc with -DCMAKE_CUDA_COMPILER=FILE")
endif()
enable_language(CUDA)
set(CMAKE_CUDA_STANDARD 17)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
set(CMAKE_CUDA_EXTENSIONS OFF)
message(STATUS "CUDA ${CMAKE_CUDA_COMPILER_VERSION}: ${CMAKE_CUDA_COMPILER}, for ${CMAKE_CUDA_ARCHITECTURES}")
