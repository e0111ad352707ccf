#include "engine/core/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <ostream>
#include <streambuf>
#include <system_error>
#include <thread>
#include <utility>

#include "engine/core/folders.h"
#include "engine/core/interrupt.h"
#include "engine/core/parse_value.h"
#include "engine/core/partial.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void refuse_to_write(const fs::path& path, const std::string& why) {
  throw UserError(fmt::format("cannot write {}: {}", path.string(), why));
}

/// The number of the descriptor that a name below /proc/self/fd stands for (/dev/stdout, /dev/fd/3 after
/// their links were followed); -1 for any other name.
int own_descriptor(const fs::path& path) {
  std::error_code failed;
  const fs::path folder = fs::canonical(path.parent_path(), failed);
  int number = -1;
  if (failed || folder != fmt::format("/proc/{}/fd", ::getpid())) return -1;
  return read_number(path.filename().string(), number) == NumberText::kNumber ? number : -1;
}

/// Where the bytes of an output go.
struct Destination {
  fs::path path;            ///< with links followed
  bool is_regular = false;  ///< replaced all or nothing; there may be no such file yet
  int descriptor = -1;      ///< of this process, instead of a path
  mode_t mode = 0;          ///< of the file that is there; 0: of none
};

/// UserError for a folder, and for links that lead nowhere.
Destination destination_of(const fs::path& path) {
  constexpr int kMostLinks = 40;
  Destination to{path, false, -1, 0};
  std::error_code failed;
  for (int links = 0; fs::is_symlink(fs::symlink_status(to.path, failed)); ++links) {
    if (links == kMostLinks) refuse_to_write(path, std::strerror(ELOOP));
    to.descriptor = own_descriptor(to.path);
    if (to.descriptor >= 0) return to;
    const fs::path target = fs::read_symlink(to.path, failed);
    if (failed) refuse_to_write(path, failed.message());
    to.path = to.path.parent_path() / target;
  }
  struct stat info {};
  if (::stat(to.path.c_str(), &info) == 0) {
    to.mode = info.st_mode;
    if (S_ISDIR(info.st_mode))
      refuse_to_write(path, fmt::format("it is a folder; name a file, such as {}", (path / "file").string()));
  } else if (!to.path.has_filename()) {
    refuse_to_write(path, "the name of a file is missing");
  }
  to.is_regular = to.mode == 0 || S_ISREG(to.mode);
  return to;
}

void make_parent_folder(const fs::path& path) {
  if (path.has_parent_path()) make_folder(path.parent_path());
}

/// A stream into an open descriptor, which it does not own. It remembers why a write failed.
class DescriptorBuffer : public std::streambuf {
 public:
  explicit DescriptorBuffer(int fd) : fd_(fd), piece_(1 << 16) {
    setp(piece_.data(), piece_.data() + piece_.size());
  }
  int failure() const { return failure_; }

 protected:
  int_type overflow(int_type c) override {
    if (sync() != 0) return traits_type::eof();
    if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
    *pptr() = traits_type::to_char_type(c);
    pbump(1);
    return c;
  }
  int sync() override {
    const char* at = pbase();
    while (at < pptr() && failure_ == 0) {
      const ssize_t written = ::write(fd_, at, static_cast<std::size_t>(pptr() - at));
      if (written >= 0)
        at += written;
      else if (errno != EINTR)
        failure_ = errno;
    }
    setp(piece_.data(), piece_.data() + piece_.size());
    return failure_ == 0 ? 0 : -1;
  }

 private:
  const int fd_;
  int failure_ = 0;
  std::vector<char> piece_;
};

void write_all(int fd, const fs::path& path, const std::function<void(std::ostream&)>& write) {
  DescriptorBuffer buffer(fd);
  std::ostream out(&buffer);
  write(out);
  out.flush();
  if (!out) refuse_to_write(path, std::strerror(buffer.failure() != 0 ? buffer.failure() : EIO));
}

/// Opens a device or a pipe. A pipe that nobody reads is waited for, but not for ever.
int open_to_write(const fs::path& path) {
  constexpr int kTries = 100;
  for (int tries = 0;; ++tries) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK);
    const bool unread = fd < 0 && errno == ENXIO;
    if (!unread || tries == kTries || stop_requested()) {
      if (unread) refuse_to_write(path, "nobody reads this pipe");
      if (fd >= 0) ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
      return fd;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

/// To what is no regular file.
void write_through(const Destination& to, const fs::path& path,
                   const std::function<void(std::ostream&)>& write) {
  std::fflush(stdout);  // what was printed before comes before
  const int fd = to.descriptor >= 0 ? ::fcntl(to.descriptor, F_DUPFD_CLOEXEC, 3) : open_to_write(to.path);
  if (fd < 0) refuse_to_write(path, std::strerror(errno));
  try {
    write_all(fd, path, write);
  } catch (...) {
    ::close(fd);
    throw;
  }
  if (::close(fd) != 0) refuse_to_write(path, std::strerror(errno));
}

/// Whether the bytes could be written; creates the folder.
void try_destination(const Destination& to, const fs::path& path) {
  if (to.descriptor >= 0) {
    const int flags = ::fcntl(to.descriptor, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) refuse_to_write(path, std::strerror(EBADF));
    return;
  }
  if (to.mode != 0 && ::access(to.path.c_str(), W_OK) != 0) refuse_to_write(path, std::strerror(errno));
  if (!to.is_regular) return;
  make_parent_folder(to.path);
  const Partial tried(to.path, Partial::Kind::kFile);
}

/// The one name of a file, wherever it is; empty for devices, which any number may write to.
fs::path identity_of(const Destination& to) {
  if (S_ISCHR(to.mode) || S_ISBLK(to.mode)) return {};
  std::error_code failed;
  const fs::path name = to.descriptor >= 0
                            ? fs::read_symlink(fmt::format("/proc/self/fd/{}", to.descriptor), failed)
                            : fs::weakly_canonical(fs::absolute(to.path, failed), failed);
  return failed || name.string().rfind("/dev/", 0) == 0 ? fs::path() : name;
}

}  // namespace

void write_file_atomically(const fs::path& path, const std::function<void(std::ostream&)>& write) {
  const Destination to = destination_of(path);
  if (!to.is_regular) return write_through(to, path, write);
  make_parent_folder(to.path);
  if (to.mode != 0 && ::access(to.path.c_str(), W_OK) != 0) refuse_to_write(path, std::strerror(errno));
  Partial partial(to.path, Partial::Kind::kFile);
  write_all(partial.descriptor(), path, write);
  if (to.mode != 0 && ::fchmod(partial.descriptor(), to.mode & 07777) != 0)
    refuse_to_write(path, std::strerror(errno));
  if (::fsync(partial.descriptor()) != 0) refuse_to_write(path, std::strerror(errno));
  partial.put_in_place(to.path);
}

void check_outputs(const std::vector<NamedFile>& outputs, const std::vector<NamedFile>& inputs) {
  std::map<fs::path, std::string> option_of;
  std::error_code failed;
  for (const NamedFile& input : inputs)
    if (!input.path.empty() && fs::exists(input.path, failed))
      option_of.emplace(fs::weakly_canonical(fs::absolute(input.path, failed), failed), input.option);
  for (const NamedFile& output : outputs) {
    if (output.path.empty()) continue;
    const Destination to = destination_of(output.path);
    const fs::path name = identity_of(to);
    if (!name.empty())
      if (const auto [at, is_new] = option_of.emplace(name, output.option); !is_new)
        throw UserError(fmt::format("{} {} is the same file as {}: name another one", output.option,
                                    output.path.string(), at->second));
    try_destination(to, output.path);
  }
}

std::vector<std::uint8_t> read_file(const fs::path& path) {
  const MappedFile file(path);
  return {file.bytes().data, file.bytes().data + file.bytes().size};
}

std::string read_text(const fs::path& path) {
  const MappedFile file(path);
  return {reinterpret_cast<const char*>(file.bytes().data), file.bytes().size};
}

std::uint64_t checksum(ByteView bytes) {
  return XXH3_64bits(bytes.data, bytes.size);
}

}  // namespace packrat
