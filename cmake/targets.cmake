# How every Packrat target is compiled.
add_library(packrat_options INTERFACE)
target_include_directories(packrat_options INTERFACE ${PROJECT_SOURCE_DIR})
if(PACKRAT_LIBRARY_ONLY)  # fmt inside: one dependency less at run time
  target_link_libraries(packrat_options INTERFACE fmt::fmt-header-only)
else()
  target_link_libraries(packrat_options INTERFACE fmt::fmt)
endif()
# No contraction: a value has one definition on every machine (see compressors/FORMAT.md).
set(for_cxx $<COMPILE_LANGUAGE:CXX>)
target_compile_options(packrat_options INTERFACE "$<${for_cxx}:-Wall;-Wextra;-Wshadow;-Wpedantic;-ffp-contract=off>"
  "$<$<COMPILE_LANGUAGE:CUDA>:--fmad=false;-Xcompiler=-Wall,-Wextra,-Wshadow,-ffp-contract=off>")
# GCC collects its garbage from 128 MB on, in every source that parses LibTorch: without, it takes a tenth more memory and a
# seventh less time.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(packrat_options INTERFACE $<${for_cxx}:--param=ggc-min-heapsize=1000000>)
endif()
# The linker of binutils takes ten times as long over LibTorch's symbols.
include(CheckLinkerFlag)
foreach(linker mold lld gold)
  check_linker_flag(CXX -fuse-ld=${linker} PACKRAT_HAS_${linker})
  if(PACKRAT_HAS_${linker})
    target_link_options(packrat_options INTERFACE -fuse-ld=${linker})
    break()
  endif()
endforeach()
if(PACKRAT_WERROR)
  target_compile_options(packrat_options INTERFACE $<${for_cxx}:-Werror> "$<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings;-Xcompiler=-Werror>")
endif()
if(PACKRAT_SANITIZE)
  target_compile_options(packrat_options INTERFACE "$<${for_cxx}:-fsanitize=${PACKRAT_SANITIZE};-fno-omit-frame-pointer>")
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

# Several sources of a room are compiled as one translation unit: what they include is then parsed once. Names in anonymous
# namespaces must therefore differ inside a room, as they should for a reader, too. -DPACKRAT_UNITY=OFF compiles each alone.
# Sources with flags of their own are always compiled alone.
function(packrat_unity name batch)
  if(PACKRAT_UNITY AND batch GREATER 1)
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${batch})
  endif()
endfunction()

# packrat_library(NAME SOURCES ... [LINK ...] [BATCH n] [PCH pch] [COLD] [SHARED_TOO]): a static library, compiled n sources at a
# time (1: each alone), with a precompiled header: packrat_plain_pch, packrat_torch_pch, or OFF. COLD: it parses, plans and
# prints, and time is spent elsewhere; -O1 takes a third less to compile. SHARED_TOO: libpackrat has it, too, from the same
# objects.
function(packrat_library name)
  cmake_parse_arguments(ARG "COLD;SHARED_TOO" "BATCH;PCH" "SOURCES;LINK" ${ARGN})
  packrat_default(ARG_BATCH 8)
  add_library(${name} STATIC ${ARG_SOURCES})
  if(ARG_SHARED_TOO)
    set_target_properties(${name} PROPERTIES ${packrat_shared_code})
    packrat_default(ARG_PCH packrat_shared_pch)
  endif()
  packrat_default(ARG_PCH packrat_plain_pch)
  target_link_libraries(${name} PUBLIC packrat_options ${ARG_LINK})
  packrat_unity(${name} ${ARG_BATCH})
  if(ARG_COLD)
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
  if(ARG_PCH)
    target_precompile_headers(${name} REUSE_FROM ${ARG_PCH})
  endif()
endfunction()

# packrat_row_list(TARGET HEADER TYPE KIND DEFINED_IN NAME...): makes HEADER for the sources of TARGET, with listed_KIND(): what
# NAME_KIND() of every name gives, in this order.
function(packrat_row_list target header type kind defined_in)
  set(declared)
  set(rows)
  foreach(name IN LISTS ARGN)
    string(APPEND declared "${type} ${name}_${kind}();\n")
    list(APPEND rows ${name}_${kind}\(\))
  endforeach()
  list(JOIN rows ", " rows)
  set(made ${CMAKE_CURRENT_BINARY_DIR}/made)
  file(CONFIGURE OUTPUT ${made}/${header} CONTENT "#pragma once
#include <vector>

#include \"${defined_in}\"

namespace packrat {

${declared}
inline std::vector<${type}> listed_${kind}() { return {${rows}}; }

}  // namespace packrat
")
  target_include_directories(${target} PRIVATE ${made})
endfunction()

macro(packrat_default variable value)
  if(NOT DEFINED ${variable})
    set(${variable} ${value})
  endif()
endmacro()

# packrat_torch_library(NAME SOURCES ... [LINK ...] [BATCH n] [COLD]): one that uses LibTorch.
function(packrat_torch_library name)
  packrat_library(${name} ${ARGN} PCH packrat_torch_pch)
  target_link_libraries(${name} PUBLIC packrat_torch)
endfunction()

# packrat_pch(NAME HEADERS ... [LINK ...] [OPTIONS ...]): a precompiled header that targets with the same definitions and
# flags reuse.
function(packrat_pch name)
  cmake_parse_arguments(ARG "" "" "HEADERS;LINK;OPTIONS" ${ARGN})
  add_library(${name} OBJECT ${PROJECT_SOURCE_DIR}/cmake/pch.cpp)
  target_link_libraries(${name} PRIVATE packrat_options ${ARG_LINK})
  target_compile_options(${name} PRIVATE ${ARG_OPTIONS})
  target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
endfunction()

# Nothing but the C interface is visible from outside libpackrat.
set(packrat_shared_code POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)

set(packrat_plain_headers <fmt/format.h> <algorithm> <array> <cmath> <cstdint> <filesystem> <fstream> <functional> <map>
  <memory> <optional> <set> <sstream> <string> <string_view> <utility> <variant> <vector>)
packrat_pch(packrat_shared_pch HEADERS ${packrat_plain_headers} <nlohmann/json.hpp> LINK nlohmann_json::nlohmann_json)
set_target_properties(packrat_shared_pch PROPERTIES ${packrat_shared_code})
if(PACKRAT_LIBRARY_ONLY)
  return()
endif()
packrat_pch(packrat_plain_pch HEADERS ${packrat_plain_headers} <nlohmann/json.hpp> LINK nlohmann_json::nlohmann_json)
# LibTorch's tensors alone: with all of torch/torch.h it is twice as large, and every source pays seconds for loading it.
# Modules and optimizers are parsed where they are used.
packrat_pch(packrat_torch_pch HEADERS ${packrat_plain_headers} <ATen/ATen.h> <torch/csrc/autograd/custom_function.h>
  LINK packrat_torch)
