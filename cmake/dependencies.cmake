# Every library Packrat is built on, found once. Debian 12 package names stand in tools/install_packages.
find_package(Threads REQUIRED)
find_package(Torch REQUIRED)
# Torch's flags (the C++ ABI of upstream builds) apply to everything that links with it.
string(APPEND CMAKE_CXX_FLAGS " ${TORCH_CXX_FLAGS}")
find_package(OpenCV REQUIRED COMPONENTS core imgproc imgcodecs)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(fmt REQUIRED)
find_package(LibArchive REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)
find_path(XXHASH_INCLUDE_DIR xxhash.h REQUIRED)
find_library(XXHASH_LIBRARY xxhash REQUIRED)
add_library(packrat_xxhash INTERFACE)
target_include_directories(packrat_xxhash SYSTEM INTERFACE ${XXHASH_INCLUDE_DIR})
target_link_libraries(packrat_xxhash INTERFACE ${XXHASH_LIBRARY})

# LibTorch as a SYSTEM target: its headers are not ours to warn about.
add_library(packrat_torch INTERFACE)
target_include_directories(packrat_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
target_link_libraries(packrat_torch INTERFACE ${TORCH_LIBRARIES} ${CMAKE_DL_LIBS})

if(PACKRAT_TESTS)
  find_package(GTest REQUIRED)
endif()
if(PACKRAT_BENCH)
  find_package(benchmark REQUIRED)
endif()
