# shellcheck shell=bash
# libpackrat: installed, moved, and used by the examples in C and C++; what it needs and shows; inside another project.
# Sourced by tools/check_commands.

install_library() {
  local build
  build=$(dirname "$(dirname "$program")")
  [[ -e $build/lib/libpackrat.so ]] || fail "no libpackrat beside $program"
  cmake --install "$build" --component library --prefix "$work/first_library" >log || fail "cmake --install: $(tail -n 1 log)"
  mv first_library library
  library=$(echo library/lib*/libpackrat.so library/lib*/*/libpackrat.so | tr ' ' '\n' | grep -m 1 -v '\*')
  [[ -s $library && -s library/include/packrat/packrat.h ]] || fail "not installed: libpackrat or its header"
}

# Neither LibTorch nor OpenCV nor SQLite, and no name but the interface's.
needs_and_names() {
  ldd "$library" >out
  if grep -E 'torch|c10|opencv|sqlite|libcrypto|libre2|not found' out; then fail "libpackrat needs what stands above"; fi
  nm -D --defined-only "$library" | awk '{print $3}' >out
  has '^pkr_buffer_add$'
  if grep -v '^pkr_' out; then fail "libpackrat shows the names above"; fi
  comm -3 <(grep -v '@' out | sort) <(grep -oE '\bpkr_[a-z0-9_]+\(' library/include/packrat/packrat.h | tr -d '(' |
    grep -vE '^pkr_(progress)$' | sort -u) >differ
  [[ ! -s differ ]] || fail "names in the library or the header alone: $(tr '\n' ' ' <differ)"
}

examples() {
  local folder
  folder=$work/$(dirname "$library")
  cp -r "$root/examples/c" "$root/examples/cpp" .
  PKG_CONFIG_PATH=$folder/pkgconfig make -s -C c CFLAGS=-Werror || fail "examples/c does not build"
  LD_LIBRARY_PATH=$folder limit 60 c/replay >out || fail "examples/c: exit code $?"
  has '^2012 entries of 520 bytes'
  has '^payload +1046240 '
  cmake -S cpp -B cpp/build -DCMAKE_PREFIX_PATH="$work/library" >log 2>&1 && cmake --build cpp/build >log 2>&1 ||
    fail "examples/cpp does not build: $(grep -m 1 -i error log)"
  limit 60 cpp/build/replay >out || fail "examples/cpp: exit code $?"
  has '^columns [0-9]+$'
  awk '{sum += $2} END {exit !(sum > 1040000 && sum <= 1048576)}' out || fail "examples/cpp: the ledger is not a budget of 1 MiB"
}

# A project that adds Packrat gets one library, no tests, and keeps its own flags, build type and folders.
inside_another_project() {
  mkdir -p outer
  cat >outer/CMakeLists.txt <<END
cmake_minimum_required(VERSION 3.22)
project(outer CXX)
set(CMAKE_CXX_FLAGS "-DOUTER")
add_subdirectory("$root" packrat)
add_executable(outer "$root/examples/cpp/replay.cpp")
target_link_libraries(outer PRIVATE Packrat::packrat)
foreach(variable CMAKE_BUILD_TYPE CMAKE_CXX_STANDARD CMAKE_RUNTIME_OUTPUT_DIRECTORY CMAKE_POSITION_INDEPENDENT_CODE BUILD_TESTING)
  message(STATUS "\${variable}=<\${\${variable}}>")
endforeach()
message(STATUS "flags=<\${CMAKE_CXX_FLAGS}>")
END
  cmake -S outer -B outer/build >out 2>err || fail "as a subproject: $(grep -m 1 -A 1 Error err | tr '\n' ' ')"
  has 'flags=<-DOUTER>'
  if grep -E '(CMAKE|BUILD)_[A-Z_]+=<.+>' out; then fail "Packrat sets what stands above in a project that adds it"; fi
  cmake --build outer/build --target help >out
  has 'packrat_shared'
  if grep -E '_test\b|packrat_train' out; then fail "a project that adds Packrat gets the targets above"; fi
}

# What libpackrat wrote is read by the program.
file_of_the_library() {
  answers buffer inspect "$root/tests/golden/library/reservoir.buffer"
  has 'class_balanced_reservoir'
  has 'columns +[1-9][0-9]* '
}

check_library() {
  step "install the library" install_library
  step "what the library needs and shows" needs_and_names
  step "examples in C and C++" examples
  step "a buffer file of the library" file_of_the_library
  step "the library inside another project" inside_another_project
}
