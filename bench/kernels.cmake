packrat_bench(kernels_bench
  SOURCES kernels/main.cpp kernels/batches.cpp kernels/block.cpp kernels/codes.cpp kernels/memory.cpp kernels/products.cpp kernels/roofs.cpp
    kernels/selection.cpp kernels/slab.cpp kernels/sparse.cpp kernels/two_pass.cpp kernels/two_pass_scalar.cpp
    kernels/values.cpp
  LINK packrat_kernels packrat_machine)

# The two-pass peer in the tiers of the kernels, with the flags of theirs.
foreach(tier avx2 avx512)
  get_source_file_property(flags ${PROJECT_SOURCE_DIR}/compressors/kernels/${tier}/${tier}.cpp
    DIRECTORY ${PROJECT_SOURCE_DIR}/compressors/kernels COMPILE_OPTIONS)
  if(flags)
    target_sources(kernels_bench PRIVATE kernels/two_pass_${tier}.cpp)
    set_source_files_properties(kernels/two_pass_${tier}.cpp PROPERTIES COMPILE_OPTIONS "${flags}" SKIP_PRECOMPILE_HEADERS ON)
    set_source_files_properties(kernels/two_pass.cpp PROPERTIES COMPILE_DEFINITIONS PACKRAT_X86_KERNELS)
  endif()
endforeach()
