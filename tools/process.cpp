#include "tools/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <string_view>
#include <system_error>

#include "engine/core/error.h"
#include "engine/core/interrupt.h"
#include "engine/core/mapped_files.h"
#include "engine/core/partial.h"

namespace packrat {
namespace {

/// Why a write to standard output failed first; 0: none has.
int& output_failure() {
  static int failure = 0;
  return failure;
}

bool is_ignored(int signal) {
  struct sigaction now {};
  return ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

void handle(int signal, void (*handler)(int)) {
  if (is_ignored(signal)) return;
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigaction(signal, &action, nullptr);
}

/// The first signal asks for a stop that keeps everything; a second one ends the program at once.
void on_stop_signal(int signal) {
  stop_requested() = true;
  std::signal(signal, SIG_DFL);
}

/// A handler, not SIG_IGN: programs that this one starts begin with the default again.
void on_failing_write(int) {}

void open_closed_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd)
    if (::fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
      // Gets the lowest number that is free: this one. Writing to it fails, as to a closed one.
      const int opened = ::open("/dev/null", O_RDONLY);
      if (opened >= 0 && opened != fd) ::close(opened);
    }
}

/// Writes everything, or remembers why not; never fails.
ssize_t write_or_remember(int fd, const char* data, std::size_t size, int* failure) {
  for (std::size_t done = 0; done < size && *failure == 0;) {
    const ssize_t written = ::write(fd, data + done, size - done);
    if (written >= 0)
      done += static_cast<std::size_t>(written);
    else if (errno != EINTR)
      *failure = errno;
  }
  return static_cast<ssize_t>(size);
}

ssize_t write_output(void*, const char* data, std::size_t size) {
  return write_or_remember(STDOUT_FILENO, data, size, &output_failure());
}
ssize_t write_error(void*, const char* data, std::size_t size) {
  int ignored = 0;
  return write_or_remember(STDERR_FILENO, data, size, &ignored);
}

void guard_stream(std::FILE*& stream, ssize_t (*write)(void*, const char*, std::size_t), int mode) {
  cookie_io_functions_t functions{};
  functions.write = write;
  std::FILE* guarded = ::fopencookie(nullptr, "w", functions);
  if (guarded == nullptr) return;
  std::setvbuf(guarded, nullptr, mode, BUFSIZ);
  stream = guarded;
}

[[noreturn]] void say_and_end(std::string_view what) {
  remove_own_partials();
  const std::string_view before = "packrat: ";
  for (const std::string_view part : {before, what, std::string_view("\n")})
    if (::write(STDERR_FILENO, part.data(), part.size()) < 0) break;
  ::_exit(2);
}

/// Where the address space is limited, a crash is a failed allocation that some library did not look at. The
/// partial files stay for the next command: nothing but writing is safe here.
void on_segmentation_fault(int) {
  constexpr std::string_view text =
      "packrat: ended by a segmentation fault; the address space is limited, and probably used up: raise "
      "ulimit -v\n";
  if (::write(STDERR_FILENO, text.data(), text.size()) < 0) ::_exit(3);
  ::_exit(2);
}

void explain_segmentation_faults() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  static std::array<char, 65536> stack;  // the usual one may be what cannot grow
  const stack_t alternate{stack.data(), 0, stack.size()};
  struct sigaction action {};
  action.sa_handler = on_segmentation_fault;
  action.sa_flags = SA_ONSTACK;
  if (::sigaltstack(&alternate, nullptr) == 0) ::sigaction(SIGSEGV, &action, nullptr);
}

[[noreturn]] void on_terminate() {
  try {
    if (const auto error = std::current_exception()) std::rethrow_exception(error);
    say_and_end("ended by an error that nobody could handle");
  } catch (const std::bad_alloc&) {
    say_and_end(out_of_memory_text());
  } catch (const std::exception& error) {
    const std::string_view what = error.what();
    say_and_end(what.substr(0, what.find('\n')));
  } catch (...) {
    say_and_end("ended by an error of an unknown kind");
  }
}

}  // namespace

void set_up_process() {
  open_closed_descriptors();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGXCPU}) handle(signal, on_stop_signal);
  for (const int signal : {SIGPIPE, SIGXFSZ}) handle(signal, on_failing_write);
  guard_stream(stdout, write_output, ::isatty(STDOUT_FILENO) == 1 ? _IOLBF : _IOFBF);
  guard_stream(stderr, write_error, _IONBF);
  std::set_terminate(on_terminate);
  explain_segmentation_faults();
  explain_lost_pages();
}

void check_standard_output() {
  std::fflush(stdout);
  if (const int failure = output_failure(); failure != 0)
    throw UserError(fmt::format("standard output cannot be written: {}", failure == EBADF ? "it is closed"
                                                                         : failure == EPIPE
                                                                             ? "its reader is gone"
                                                                             : std::strerror(failure)));
}

const char* out_of_memory_text() {
  rlimit limit{};
  const bool limited = ::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  return limited
             ? "memory is used up: the address space is limited; raise ulimit -v, or take fewer --threads, "
               "a smaller --batch_size or a smaller --memory_size"
             : "memory is used up: take fewer --threads, a smaller --batch_size or a smaller --memory_size";
}

}  // namespace packrat
