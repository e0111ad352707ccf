# LibTorch: Debian's, or the one in PACKRAT_TORCH, which a wheel or an archive of PyTorch has. Found by its files, because
# find_package(Torch) of a CUDA build stops without a CUDA toolkit, and nothing but CUDA kernels of our own would use one.
set(PACKRAT_TORCH "" CACHE PATH "LibTorch, a folder with include/ and lib/: python3 -c 'import torch; print(torch.__path__[0])'")
set(torch_hints ${PACKRAT_TORCH})
foreach(prefix IN LISTS CMAKE_PREFIX_PATH)  # torch.utils.cmake_prefix_path is TORCH/share/cmake
  list(APPEND torch_hints ${prefix} ${prefix}/../..)
endforeach()
if(PACKRAT_TORCH)
  set(torch_only NO_DEFAULT_PATH)
endif()
# Not cached: another PACKRAT_TORCH in the same build folder is another LibTorch.
find_path(TORCH_INCLUDE_DIR ATen/ATen.h HINTS ${torch_hints} PATH_SUFFIXES include NO_CACHE ${torch_only})
# A CUDA build has the last two, which register themselves when they are loaded; nothing of ours calls them.
foreach(library torch torch_cpu c10 torch_cuda c10_cuda)
  find_library(TORCH_${library} ${library} HINTS ${torch_hints} PATH_SUFFIXES lib NO_CACHE ${torch_only})
endforeach()
if(NOT TORCH_INCLUDE_DIR OR NOT TORCH_torch_cpu OR NOT TORCH_c10)
  if(PACKRAT_TORCH)
    message(FATAL_ERROR "PACKRAT_TORCH=${PACKRAT_TORCH} is no LibTorch: name a folder with include/ATen and lib/libtorch_cpu.so")
  endif()
  message(FATAL_ERROR "no LibTorch found: install libtorch-dev, or name a folder that has one with -DPACKRAT_TORCH=FOLDER")
endif()
set(torch_api ${TORCH_INCLUDE_DIR}/torch/csrc/api/include)

# 1.13 has its version in the API's header, newer ones in one of their own.
foreach(header ${TORCH_INCLUDE_DIR}/torch/headeronly/version.h ${torch_api}/torch/version.h)
  if(EXISTS ${header})
    file(READ ${header} text)
    string(REGEX MATCH "TORCH_VERSION_MAJOR ([0-9]+).*TORCH_VERSION_MINOR ([0-9]+)" found "${text}")
    if(found)
      set(TORCH_VERSION ${CMAKE_MATCH_1}.${CMAKE_MATCH_2})
      break()
    endif()
  endif()
endforeach()
if(NOT TORCH_VERSION)
  message(FATAL_ERROR "${TORCH_INCLUDE_DIR} has no version.h of LibTorch: name a whole LibTorch with -DPACKRAT_TORCH=")
endif()
message(STATUS "LibTorch ${TORCH_VERSION}: ${TORCH_torch_cpu}")

# As a SYSTEM target: its headers are not ours to warn about.
add_library(packrat_torch INTERFACE)
if(EXISTS ${TORCH_INCLUDE_DIR}/fmt)  # a copy of its own, of another version than the library that is linked
  get_target_property(fmt_include fmt::fmt INTERFACE_INCLUDE_DIRECTORIES)
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/first)
  file(CREATE_LINK ${fmt_include}/fmt ${PROJECT_BINARY_DIR}/first/fmt SYMBOLIC)
  target_include_directories(packrat_torch SYSTEM INTERFACE ${PROJECT_BINARY_DIR}/first)
endif()
target_include_directories(packrat_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIR} ${torch_api})
# Newer headers ask for C++20. What includes them is compiled so, and no more: it takes longer to parse.
if(TORCH_VERSION VERSION_GREATER_EQUAL 2.14)
  set(torch_standard 20)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)  # false alarms over its std::string
    target_compile_options(packrat_torch INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-free-nonheap-object)
  endif()
else()
  set(torch_standard ${CMAKE_CXX_STANDARD})
endif()
target_compile_features(packrat_torch INTERFACE cxx_std_${torch_standard})
set(torch_libraries ${TORCH_torch} ${TORCH_torch_cpu} ${TORCH_c10})
if(TORCH_torch_cuda AND TORCH_c10_cuda)
  list(PREPEND torch_libraries -Wl,--no-as-needed ${TORCH_torch_cuda} ${TORCH_c10_cuda} -Wl,--as-needed)
endif()
# What LibTorch's own libraries need they find by themselves.
target_link_libraries(packrat_torch INTERFACE ${torch_libraries} -Wl,--allow-shlib-undefined ${CMAKE_DL_LIBS})

# Wheels before 2.7 were built with the old ABI of the standard library, whose std::string is another type.
include(CheckCXXSourceCompiles)
unset(PACKRAT_TORCH_HAS_CXX11_ABI CACHE)
set(CMAKE_REQUIRED_LIBRARIES ${TORCH_c10} -Wl,--allow-shlib-undefined)
check_cxx_source_compiles("#include <string>
  namespace c10::detail { void torchCheckFail(const char*, const char*, unsigned, const std::string&); }
  int main(int count, char** names) { if (count > 9) c10::detail::torchCheckFail(names[0], names[0], 0, std::string()); }"
  PACKRAT_TORCH_HAS_CXX11_ABI)
unset(CMAKE_REQUIRED_LIBRARIES)
if(NOT PACKRAT_TORCH_HAS_CXX11_ABI)
  message(FATAL_ERROR "LibTorch ${TORCH_VERSION} in ${TORCH_torch_cpu} has the old C++ ABI (_GLIBCXX_USE_CXX11_ABI=0): "
    "take a wheel of 2.7 or later, Debian's libtorch-dev, or an archive whose name holds cxx11-abi")
endif()
