#include "engine/core/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "engine/core/error.h"
#include "engine/core/interrupt.h"

namespace packrat {

FileLock::FileLock(const std::filesystem::path& path) {
  std::error_code failed;
  std::filesystem::create_directories(path.parent_path(), failed);
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd_ < 0) throw UserError(fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)));
  while (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    const int reason = errno;
    if ((reason == EWOULDBLOCK || reason == EINTR) && !stop_requested()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      continue;
    }
    ::close(fd_);
    if (stop_requested()) throw Interrupted("stopped while another run made what this one needs");
    throw UserError(fmt::format("cannot lock {}: {}", path.string(), std::strerror(reason)));
  }
}

FileLock::~FileLock() {
  ::close(fd_);
}

}  // namespace packrat
