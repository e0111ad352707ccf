// Files mapped into memory, and what happens when their pages go away.
#include "engine/core/mapped_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <utility>

#include "engine/core/files.h"

namespace packrat {
namespace {

/// Where a file is mapped, for a signal handler: it reads what was stored before `begin`.
struct MappedPlace {
  std::atomic<bool> taken{false};
  std::atomic<const std::uint8_t*> begin{nullptr};
  std::size_t bytes = 0;
  std::array<char, 512> path{};
};

/// Files beyond these are mapped all the same, and not named.
std::array<MappedPlace, 64>& mapped_places() {
  static std::array<MappedPlace, 64> places;
  return places;
}

void remember_place(ByteView view, std::string_view path) {
  if (view.data == nullptr) return;
  for (MappedPlace& place : mapped_places()) {
    if (place.taken.exchange(true)) continue;
    place.bytes = view.size;
    place.path = {};
    path.copy(place.path.data(), place.path.size() - 1);
    place.begin.store(view.data, std::memory_order_release);
    return;
  }
}

void forget_place(ByteView view) {
  if (view.data == nullptr) return;
  for (MappedPlace& place : mapped_places())
    if (place.begin.load(std::memory_order_acquire) == view.data) {
      place.begin.store(nullptr);
      place.taken.store(false);
      return;
    }
}

void write_parts(std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts)
    if (::write(STDERR_FILENO, part.data(), part.size()) < 0) return;
}

/// The partial files stay for the next command: nothing but writing is safe here.
void on_lost_page(int, siginfo_t* info, void*) {
  const auto* const address = static_cast<const std::uint8_t*>(info->si_addr);
  std::string_view path = "a file that is mapped into memory";
  for (const MappedPlace& place : mapped_places()) {
    const std::uint8_t* const begin = place.begin.load(std::memory_order_acquire);
    if (begin != nullptr && address >= begin && address < begin + place.bytes) path = place.path.data();
  }
  write_parts({"packrat: ", path,
               ": it was cut short while it was read, or its disk failed: put it back and start again\n"});
  ::_exit(2);
}

}  // namespace

void explain_lost_pages() {
  struct sigaction action {};
  action.sa_sigaction = on_lost_page;
  action.sa_flags = SA_SIGINFO;
  mapped_places();
  ::sigaction(SIGBUS, &action, nullptr);
}

MappedFile::MappedFile(const std::filesystem::path& path) {
  // A pipe would be waited for, if nobody has it open for writing.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) throw UserError(fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)));
  struct stat info {};
  void* memory = nullptr;
  const bool regular = ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
  if (regular && info.st_size > 0)
    memory = ::mmap(nullptr, static_cast<std::size_t>(info.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
  const std::string why = regular ? std::strerror(errno != 0 ? errno : EIO) : "not a regular file";
  ::close(fd);
  if (!regular || memory == MAP_FAILED)
    throw UserError(fmt::format("cannot read {}: {}", path.string(), why));
  view_ = {static_cast<const std::uint8_t*>(memory), static_cast<std::size_t>(info.st_size)};
  remember_place(view_, path.native());
}

MappedFile::~MappedFile() {
  forget_place(view_);
  if (view_.data != nullptr) ::munmap(const_cast<std::uint8_t*>(view_.data), view_.size);
}

MappedFile::MappedFile(MappedFile&& other) noexcept : view_(std::exchange(other.view_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(view_, other.view_);
  return *this;
}

void MappedFile::release(std::size_t offset, std::size_t size) const {
  // With a page that is read, Linux maps those around it that are in memory: 64 KiB.
  constexpr std::size_t kAround = std::size_t{64} << 10;
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t begin = (offset - std::min(offset, kAround)) / page * page;
  const std::size_t end = std::min(view_.size, offset + size + kAround);
  // Best effort: of a file mapped read-only nothing can be lost.
  ::madvise(const_cast<std::uint8_t*>(view_.data) + begin, end - begin, MADV_DONTNEED);
}

}  // namespace packrat
