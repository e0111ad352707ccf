#include "engine/core/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <system_error>
#include <utility>

namespace packrat {
namespace fs = std::filesystem;
namespace {

std::string reason() {
  return std::strerror(errno != 0 ? errno : EIO);
}

void sync_to_disk(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY);
  if (fd < 0) throw UserError(fmt::format("cannot write {}: {}", path.string(), reason()));
  const int failed = ::fsync(fd);
  ::close(fd);
  if (failed != 0) throw UserError(fmt::format("cannot write {}: {}", path.string(), reason()));
}

std::string digest_of_file(const fs::path& path, const EVP_MD* kind) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw UserError(fmt::format("cannot read {}: {}", path.string(), reason()));
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestInit_ex(context.get(), kind, nullptr);
  std::vector<char> piece(1 << 20);
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0)
    EVP_DigestUpdate(context.get(), piece.data(), static_cast<std::size_t>(in.gcount()));
  if (in.bad()) throw UserError(fmt::format("cannot read {}: {}", path.string(), reason()));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_DigestFinal_ex(context.get(), digest, &size);
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

}  // namespace

void write_file_atomically(const fs::path& path, const std::function<void(std::ostream&)>& write) {
  std::error_code failed;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), failed);
  if (failed)
    throw UserError(
        fmt::format("cannot create folder {}: {}", path.parent_path().string(), failed.message()));
  const fs::path temporary = path.string() + fmt::format(".{}.partial", ::getpid());
  try {
    errno = 0;
    std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
    if (!out) throw UserError(fmt::format("cannot write {}: {}", path.string(), reason()));
    write(out);
    out.close();
    if (!out) throw UserError(fmt::format("cannot write {}: {}", path.string(), reason()));
    sync_to_disk(temporary);
    fs::rename(temporary, path);
  } catch (const fs::filesystem_error& error) {
    fs::remove(temporary, failed);
    throw UserError(fmt::format("cannot write {}: {}", path.string(), error.code().message()));
  } catch (...) {
    fs::remove(temporary, failed);
    throw;
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

MappedFile::MappedFile(const fs::path& path) {
  // A pipe would be waited for, if nobody has it open for writing.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) throw UserError(fmt::format("cannot read {}: {}", path.string(), reason()));
  struct stat info {};
  void* memory = nullptr;
  const bool regular = ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
  if (regular && info.st_size > 0)
    memory = ::mmap(nullptr, static_cast<std::size_t>(info.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
  const std::string why = regular ? reason() : "not a regular file";
  ::close(fd);
  if (!regular || memory == MAP_FAILED)
    throw UserError(fmt::format("cannot read {}: {}", path.string(), why));
  view_ = {static_cast<const std::uint8_t*>(memory), static_cast<std::size_t>(info.st_size)};
}

MappedFile::~MappedFile() {
  if (view_.data != nullptr) ::munmap(const_cast<std::uint8_t*>(view_.data), view_.size);
}

MappedFile::MappedFile(MappedFile&& other) noexcept : view_(std::exchange(other.view_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(view_, other.view_);
  return *this;
}

std::string sha256_of_file(const fs::path& path) {
  return digest_of_file(path, EVP_sha256());
}
std::string md5_of_file(const fs::path& path) {
  return digest_of_file(path, EVP_md5());
}

std::uint64_t checksum(ByteView bytes) {
  return XXH3_64bits(bytes.data, bytes.size);
}

}  // namespace packrat
