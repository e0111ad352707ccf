# Public programs for the same work, beside which tools/bench_report sets the kernels. Those that are not installed are
# left out: `tools/install_packages --peers` gets them on Debian 12.
packrat_bench(peers_bench SOURCES peers/main.cpp peers/opencv.cpp peers/torch.cpp kernels/block.cpp
  LINK packrat_kernels packrat_machine opencv_core TORCH)
target_include_directories(peers_bench SYSTEM PRIVATE ${OpenCV_INCLUDE_DIRS})

# packrat_peer(NAME HEADER LIBRARY): adds peers/NAME.cpp when the header and the library are there.
function(packrat_peer name header library)
  string(TOUPPER ${name} upper)
  find_path(PACKRAT_${upper}_INCLUDE_DIR ${header})
  find_library(PACKRAT_${upper}_LIBRARY ${library})
  mark_as_advanced(PACKRAT_${upper}_INCLUDE_DIR PACKRAT_${upper}_LIBRARY)
  if(PACKRAT_${upper}_INCLUDE_DIR AND PACKRAT_${upper}_LIBRARY)
    target_sources(peers_bench PRIVATE peers/${name}.cpp)
    target_include_directories(peers_bench SYSTEM PRIVATE ${PACKRAT_${upper}_INCLUDE_DIR})
    target_link_libraries(peers_bench PRIVATE ${PACKRAT_${upper}_LIBRARY} ${ARGN})
    set_property(SOURCE peers/main.cpp APPEND PROPERTY COMPILE_DEFINITIONS PACKRAT_PEER_${upper})
    set_source_files_properties(peers/${name}.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  else()
    message(STATUS "peers_bench without ${name}: no ${header}, or no library ${library}")
  endif()
endfunction()

find_package(OpenMP QUIET COMPONENTS CXX)
find_package(LAPACK QUIET)
if(OpenMP_CXX_FOUND AND LAPACK_FOUND)
  packrat_peer(faiss faiss/impl/ScalarQuantizer.h faiss ${OpenMP_CXX_LIBRARIES} ${LAPACK_LIBRARIES} ${BLAS_LIBRARIES})
else()
  message(STATUS "peers_bench without faiss: no OpenMP, or no LAPACK")
endif()
packrat_peer(blosc blosc.h blosc)
packrat_peer(zfp zfp.h zfp)
packrat_peer(zstd zstd.h zstd)
packrat_peer(htscodecs htscodecs/rANS_static4x16.h htscodecs)
