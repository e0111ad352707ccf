# The kernels of every tier that the machine runs.
packrat_test(kernels_test
  SOURCES gather_test.cpp isa_test.cpp kernel_guard_test.cpp kernel_registers_test.cpp kernel_tiers_test.cpp matrix_kernel_test.cpp
  LINK packrat_compressors)

# The kernels and, with the label "tiers", the codecs on each tier, as PACKRAT_ISA chooses it.
foreach(isa scalar avx2 avx512 neon)
  foreach(program compressors_test kernels_test)
    add_test(NAME ${program}_${isa} COMMAND ${program} --gtest_brief=1 --gtest_filter=-Tiers*)
    set_tests_properties(${program}_${isa} PROPERTIES LABELS $<IF:$<STREQUAL:${program},kernels_test>,release,tiers> TIMEOUT 300 ENVIRONMENT PACKRAT_ISA=${isa}
      SKIP_REGULAR_EXPRESSION "is not available on this machine")
  endforeach()
endforeach()

# What a tier's flags compiled must not be shared with code that other machines run.
add_test(NAME kernels_share_no_code_between_tiers COMMAND ${CMAKE_COMMAND} -DNM=${CMAKE_NM}
  "-DOBJECTS=$<JOIN:$<TARGET_OBJECTS:packrat_kernels>,$<SEMICOLON>>" -P ${CMAKE_CURRENT_SOURCE_DIR}/no_shared_code.cmake)
set_tests_properties(kernels_share_no_code_between_tiers PROPERTIES LABELS release)

# What GPUs run, run by the processor, and by a GPU in a build with CUDA where one is.
packrat_test(device_kernels_test SOURCES device_decode_test.cpp device_encode_test.cpp LINK packrat_device_kernels packrat_compressors)
