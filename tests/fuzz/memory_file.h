#pragma once
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <string>

#include "engine/core/bytes.h"

namespace packrat::fuzzing {

/// A file that lives in memory, for readers that want a path.
class MemoryFile {
 public:
  explicit MemoryFile(ByteView bytes) : descriptor_(::memfd_create("fuzzed", MFD_CLOEXEC)) {
    for (std::size_t done = 0; done < bytes.size;) {
      const ssize_t written = ::write(descriptor_, bytes.data + done, bytes.size - done);
      if (written <= 0) throw std::runtime_error("a file in memory cannot be written");
      done += static_cast<std::size_t>(written);
    }
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

}  // namespace packrat::fuzzing
