#include "engine/data/idx_file.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <memory>

#include "engine/core/error.h"

namespace packrat {
namespace {

constexpr std::int64_t kMostValues = std::int64_t{1} << 31, kPieceBytes = std::int64_t{1} << 20;
constexpr std::uint8_t kUnsignedBytes = 0x08;
constexpr int kMostSizes = 4;

/// A file that is unpacked while it is read, if it is packed.
class PackedFile {
 public:
  explicit PackedFile(const std::filesystem::path& path) : path_(path), file_(nullptr, gzclose) {
    std::error_code failed;
    const auto type = std::filesystem::status(path, failed).type();
    if (type == std::filesystem::file_type::directory)
      throw UserError(fmt::format("{} is a folder: put the IDX file itself in its place", path.string()));
    if (type == std::filesystem::file_type::regular) file_.reset(gzopen(path.c_str(), "rb"));
    if (!file_)
      throw UserError(
          fmt::format("{} cannot be read: check that it is there, is a file and may be read", path.string()));
  }

  /// Reads up to `size` bytes; fewer at the end of the file.
  std::int64_t read(std::uint8_t* to, std::int64_t size) {
    std::int64_t done = 0;
    while (done < size) {
      const int got =
          gzread(file_.get(), to + done, static_cast<unsigned>(std::min(size - done, kPieceBytes)));
      if (got < 0) fail("its compressed data are damaged");
      if (got == 0 && cut_short()) fail("it is cut short");
      if (got == 0) break;
      done += got;
    }
    return done;
  }

  void require(std::uint8_t* to, std::int64_t size) {
    if (read(to, size) != size) fail("it is cut short");
  }

  /// Whether the end that was reached is not that of the compressed data.
  bool cut_short() const {
    int error = Z_OK;
    gzerror(file_.get(), &error);
    return error == Z_BUF_ERROR;
  }

  [[noreturn]] void fail(const std::string& reason) const {
    throw UserError(fmt::format("{} is no sound IDX file: {}; get it again", path_.string(), reason));
  }

 private:
  std::filesystem::path path_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
};

std::int64_t big_endian(const std::uint8_t* bytes) {
  return (std::int64_t{bytes[0]} << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3];
}

}  // namespace

IdxArray read_idx(const std::filesystem::path& path) {
  PackedFile file(path);
  std::uint8_t head[4];
  file.require(head, sizeof head);
  if (head[0] != 0 || head[1] != 0 || head[2] != kUnsignedBytes || head[3] < 1 || head[3] > kMostSizes)
    file.fail("it does not begin like one of unsigned bytes");
  IdxArray array;
  std::int64_t count = 1;
  for (int i = 0; i < head[3]; ++i) {
    std::uint8_t size[4];
    file.require(size, sizeof size);
    array.sizes.push_back(big_endian(size));
    if (array.sizes.back() > 0 && count > kMostValues / array.sizes.back())
      file.fail("it promises too many values");
    count *= array.sizes.back();
  }
  // grown as the bytes arrive: a damaged size must not take the memory
  for (std::int64_t done = 0; done < count; done = static_cast<std::int64_t>(array.values.size())) {
    const std::int64_t piece = std::min(count - done, kPieceBytes);
    array.values.resize(static_cast<std::size_t>(done + piece));
    file.require(array.values.data() + done, piece);
  }
  std::uint8_t extra;
  if (file.read(&extra, 1) != 0) file.fail("there are bytes behind its values");
  return array;
}

}  // namespace packrat
