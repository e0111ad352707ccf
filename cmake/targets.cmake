# How every Packrat target is compiled.
add_library(packrat_options INTERFACE)
target_include_directories(packrat_options INTERFACE ${PROJECT_SOURCE_DIR})
# One set of definitions for all targets, because a precompiled header is only valid under the definitions it was made with.
target_compile_definitions(packrat_options INTERFACE PACKRAT_SOURCE_DIR="${PROJECT_SOURCE_DIR}" PACKRAT_VERSION="${PROJECT_VERSION}")
target_link_libraries(packrat_options INTERFACE fmt::fmt)
# No contraction: a value has one definition on every machine (see compressors/FORMAT.md).
target_compile_options(packrat_options INTERFACE -Wall -Wextra -Wshadow -Wpedantic -ffp-contract=off)
if(PACKRAT_WERROR)
  target_compile_options(packrat_options INTERFACE -Werror)
endif()
if(PACKRAT_SANITIZE)
  target_compile_options(packrat_options INTERFACE -fsanitize=${PACKRAT_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(packrat_options INTERFACE -fsanitize=${PACKRAT_SANITIZE})
endif()
if(PACKRAT_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "PACKRAT_FUZZ needs libFuzzer: configure with -DCMAKE_CXX_COMPILER=clang++, as tools/fuzz does")
  endif()
  target_compile_options(packrat_options INTERFACE
    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(packrat_options INTERFACE -fsanitize=address,undefined)
endif()

# packrat_library(NAME SOURCES ... [LINK ...]): a static library without LibTorch.
function(packrat_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC packrat_options ${ARG_LINK})
endfunction()

# packrat_torch_library(NAME SOURCES ... [LINK ...]): one that uses LibTorch, through the shared precompiled header.
function(packrat_torch_library name)
  packrat_library(${name} ${ARGN})
  packrat_use_torch(${name} PUBLIC)
endfunction()

# The precompiled header is built once, by packrat_torch_pch, and reused by the sources that name one of LibTorch's headers:
# without it they take four times as long. It holds the tensors alone: with all of torch/torch.h it is twice as large, and
# every source pays seconds for loading it and for templates that it does not use. Modules and optimizers are parsed where they are.
function(packrat_use_torch name visibility)
  target_link_libraries(${name} ${visibility} packrat_torch)
  target_precompile_headers(${name} REUSE_FROM packrat_torch_pch)
  get_target_property(sources ${name} SOURCES)
  foreach(source IN LISTS sources)
    file(STRINGS ${source} includes REGEX "#include <(ATen|torch)/")
    if(NOT includes)
      set_source_files_properties(${source} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
    endif()
  endforeach()
endfunction()

add_library(packrat_torch_pch OBJECT ${PROJECT_SOURCE_DIR}/cmake/pch.cpp)
target_link_libraries(packrat_torch_pch PRIVATE packrat_options packrat_torch)
target_precompile_headers(packrat_torch_pch PRIVATE <ATen/ATen.h> <torch/csrc/autograd/custom_function.h>)
