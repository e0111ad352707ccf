// What has to be looked at before the libraries are initialised, which end the program in ways of their own.
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace {

/// Enough for the libraries' own initialisation, measured, and as much again.
constexpr std::size_t kAddressSpace = std::size_t{256} << 20;
constexpr rlim_t kFewProcesses = 1024;
constexpr const char* kBlasThreads = "OPENBLAS_NUM_THREADS=";

bool is_limited(__rlimit_resource_t resource, rlim_t& value) {
  rlimit limit{};
  value = ::getrlimit(resource, &limit) == 0 ? limit.rlim_cur : RLIM_INFINITY;
  return value != RLIM_INFINITY;
}

/// LibTorch, OpenCV and BLAS call std::terminate() when memory is used up while they are loaded.
void check_address_space() {
  rlim_t limit = 0;
  if (!is_limited(RLIMIT_AS, limit)) return;
  void* const tried =
      ::mmap(nullptr, kAddressSpace, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (tried != MAP_FAILED) {
    ::munmap(tried, kAddressSpace);
    return;
  }
  static constexpr char text[] =
      "packrat: the address space is limited to too little: raise ulimit -v, to 2000000 or more for "
      "training\n";
  if (::write(STDERR_FILENO, text, sizeof text - 1) < 0) ::_exit(3);
  ::_exit(2);
}

/// OpenBLAS starts a thread a core when it is loaded, and where that fails sends the program SIGINT. Packrat
/// uses one of them: where few processes may be started, it asks for no more by starting itself again.
void ask_for_one_blas_thread(char** arguments, char** environment) {
  rlim_t limit = 0;
  if (!is_limited(RLIMIT_NPROC, limit) || limit > kFewProcesses) return;
  static std::array<char*, 4096> more;
  std::size_t count = 0;
  for (; environment[count] != nullptr; ++count) {
    if (std::strncmp(environment[count], kBlasThreads, std::strlen(kBlasThreads)) == 0) return;
    if (count + 2 == more.size()) return;
    more[count] = environment[count];
  }
  static char one[] = "OPENBLAS_NUM_THREADS=1";
  more[count] = one;
  ::execve("/proc/self/exe", arguments, more.data());  // continues as it is when that fails
}

void before_libraries(int, char** arguments, char** environment) {
  check_address_space();
  ask_for_one_blas_thread(arguments, environment);
}

}  // namespace

/// The dynamic loader calls these before the initialisers of any library.
__attribute__((section(".preinit_array"),
               used)) static void (*const packrat_before_libraries)(int, char**, char**) = before_libraries;
