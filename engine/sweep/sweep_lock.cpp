#include "engine/sweep/sweep_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <sstream>
#include <thread>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/interrupt.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

std::string host_name() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  return name;
}

/// Whether the sweep that wrote its process number and host into the lock file can be at work. One on another
/// host can.
bool holder_may_live(const fs::path& file, std::string& who) {
  std::istringstream text(read_text(file));
  pid_t process = 0;
  std::string host;
  text >> process >> host;
  who = fmt::format("process {} on {}", process, host);
  return host != host_name() || process <= 0 || ::kill(process, 0) == 0 || errno == EPERM;
}

}  // namespace

SweepLock::SweepLock(const fs::path& folder, const std::function<void(const std::string&)>& note) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  const fs::path file = folder / "sweep.lock";
  // Without O_CLOEXEC: workers are to inherit it.
  fd_ = ::open(file.c_str(), O_RDWR | O_CREAT, 0644);
  if (fd_ < 0) throw UserError(fmt::format("cannot write {}: {}", file.string(), std::strerror(errno)));
  bool told = false;
  while (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    std::string who;
    std::string problem;
    if (errno != EWOULDBLOCK && errno != EINTR)
      problem = fmt::format("cannot lock {}: {}", file.string(), std::strerror(errno));
    else if (holder_may_live(file, who))
      problem = fmt::format("another sweep ({}) works in {}: wait for it, or stop it", who, folder.string());
    if (problem.empty() && !stop_requested()) {
      if (!told && note)
        note("waiting for the workers of a sweep that was killed to write their checkpoints");
      told = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      continue;
    }
    ::close(fd_);
    if (problem.empty()) throw Interrupted("stopped before any run was started");
    throw UserError(problem);
  }
  const std::string owner = fmt::format("{} {}\n", ::getpid(), host_name());
  const bool written = ::ftruncate(fd_, 0) == 0 &&
                       ::pwrite(fd_, owner.data(), owner.size(), 0) == static_cast<ssize_t>(owner.size());
  if (written) return;
  ::close(fd_);
  throw UserError(fmt::format("cannot write {}: {}", file.string(), std::strerror(errno)));
}

SweepLock::~SweepLock() {
  ::close(fd_);
}

}  // namespace packrat
