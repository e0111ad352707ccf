#include "engine/features/feature_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "engine/core/interrupt.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kPage = 4096;
constexpr char kMagic[8] = {'P', 'K', 'R', 'F', 'E', 'A', 'T', '1'};

/// Where things lie in a cache file: one page of header, the chunks' checksums in whole pages, the values.
struct Layout {
  explicit Layout(const FeatureKey& key)
      : rows(key.chunk_rows),
        chunks((key.count + rows - 1) / rows),
        values_begin(kPage + (static_cast<std::size_t>(chunks) * 8 + kPage - 1) / kPage * kPage),
        row_bytes(static_cast<std::size_t>(key.width) * sizeof(float)),
        file_bytes(values_begin + static_cast<std::size_t>(key.count) * row_bytes) {}
  static std::size_t checksum_at(std::int64_t chunk) { return kPage + static_cast<std::size_t>(chunk) * 8; }

  std::int64_t rows, chunks;  // of a chunk; of the file
  std::size_t values_begin, row_bytes, file_bytes;
};

std::vector<std::uint8_t> header_of(const FeatureKey& key) {
  std::vector<std::uint8_t> page;
  page.reserve(kPage);
  ByteWriter out(page);
  out.bytes(kMagic, sizeof kMagic);
  out.value(key.count);
  out.value(key.width);
  // Of a text too long for the page, the checksum still tells it from others.
  out.value(checksum({reinterpret_cast<const std::uint8_t*>(key.text.data()), key.text.size()}));
  out.bytes(key.text.data(), std::min(key.text.size(), kPage - page.size()));
  page.resize(kPage);
  return page;
}

/// An open file descriptor that closes itself and names the file when something fails.
class OpenFile {
 public:
  OpenFile(const fs::path& path, int flags)
      : path_(path), fd_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {
    if (fd_ < 0) fail();
  }
  ~OpenFile() { ::close(fd_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  void lock() const {
    if (::flock(fd_, LOCK_EX) != 0) fail();
  }
  void resize(std::size_t bytes) const {
    if (::ftruncate(fd_, static_cast<off_t>(bytes)) != 0) fail();
  }
  void sync() const {
    if (::fsync(fd_) != 0) fail();
  }
  void write(const void* data, std::size_t size, std::size_t offset) const {
    const auto* p = static_cast<const char*>(data);
    while (size > 0) {
      const ssize_t written = ::pwrite(fd_, p, size, static_cast<off_t>(offset));
      if (written <= 0) fail();
      p += written, offset += static_cast<std::size_t>(written), size -= static_cast<std::size_t>(written);
    }
  }

 private:
  [[noreturn]] void fail() const {
    const bool is_full = errno == ENOSPC || errno == EDQUOT;
    throw UserError(
        fmt::format("feature cache {}: {}; {}choose another folder with --cache_dir, or pass --no_cache",
                    path_.string(), std::strerror(errno), is_full ? "free some space, or " : ""));
  }
  fs::path path_;
  int fd_;
};

ByteView chunk_bytes(ByteView file, const Layout& layout, const FeatureKey& key, std::int64_t chunk) {
  const std::int64_t begin = chunk * layout.rows, end = std::min(begin + layout.rows, key.count);
  return {file.data + layout.values_begin + static_cast<std::size_t>(begin) * layout.row_bytes,
          static_cast<std::size_t>(end - begin) * layout.row_bytes};
}

/// Which chunks of the file hold what was written; none when it is not a file of this key.
std::vector<bool> intact_chunks(const fs::path& path, const FeatureKey& key) {
  const Layout layout(key);
  std::vector<bool> intact(static_cast<std::size_t>(layout.chunks), false);
  if (!fs::exists(path)) return intact;
  const MappedFile file(path);
  const std::vector<std::uint8_t> header = header_of(key);
  if (file.bytes().size != layout.file_bytes || std::memcmp(file.bytes().data, header.data(), kPage) != 0)
    return intact;
  for (std::int64_t c = 0; c < layout.chunks; ++c) {
    std::uint64_t expected = 0;
    std::memcpy(&expected, file.bytes().data + Layout::checksum_at(c), sizeof expected);
    intact[static_cast<std::size_t>(c)] =
        expected != 0 && expected == checksum(chunk_bytes(file.bytes(), layout, key, c));
    file.release(layout.values_begin + static_cast<std::size_t>(c * layout.rows) * layout.row_bytes,
                 chunk_bytes(file.bytes(), layout, key, c).size);
  }
  return intact;
}

void compute_missing(const fs::path& partial, const FeatureKey& key, const ComputeRows& compute,
                     const ProgressFn& progress, const std::vector<bool>& intact) {
  const Layout layout(key);
  const OpenFile out(partial, O_RDWR | O_CREAT);
  out.resize(layout.file_bytes);
  const std::vector<std::uint8_t> header = header_of(key);
  out.write(header.data(), header.size(), 0);
  std::vector<float> values;
  for (std::int64_t c = 0; c < layout.chunks; ++c) {
    const std::int64_t begin = c * layout.rows, end = std::min(begin + layout.rows, key.count);
    if (!intact[static_cast<std::size_t>(c)]) {
      if (stop_requested())
        throw Interrupted(fmt::format("stopped after encoding {} of {} images", begin, key.count));
      values.resize(static_cast<std::size_t>((end - begin) * key.width));
      compute(begin, end, values.data());
      const ByteView bytes{reinterpret_cast<const std::uint8_t*>(values.data()),
                           values.size() * sizeof(float)};
      const std::uint64_t sum = checksum(bytes);
      out.write(bytes.data, bytes.size,
                layout.values_begin + static_cast<std::size_t>(begin) * layout.row_bytes);
      out.write(&sum, sizeof sum, Layout::checksum_at(c));
    }
    if (progress) progress("encode", end, key.count);
  }
  out.sync();
}

}  // namespace

FeatureRows::FeatureRows(std::vector<float> values, std::int64_t width) : rows_(nullptr, 0, width) {
  const auto held = std::make_shared<const std::vector<float>>(std::move(values));
  rows_ = {held->data(), static_cast<std::int64_t>(held->size()) / width, width};
  owner_ = held;
}

FeatureRows::FeatureRows(MappedFile file, std::size_t offset_bytes, std::int64_t count, std::int64_t width)
    : rows_(nullptr, count, width) {
  const auto held = std::make_shared<const MappedFile>(std::move(file));
  rows_.data = reinterpret_cast<const float*>(held->bytes().data + offset_bytes);
  owner_ = held;
}

FeatureRows::FeatureRows(std::shared_ptr<const void> owner, ConstRows rows, std::function<void()> check)
    : owner_(std::move(owner)), rows_(rows), check_(std::move(check)) {}

ConstRows FeatureRows::rows() const {
  if (check_) check_();
  return rows_;
}

FeatureRows cached_features(const fs::path& file, const FeatureKey& key, const ComputeRows& compute,
                            const ProgressFn& progress, CacheReport* report) {
  const Layout layout(key);
  std::error_code failed;
  // A whole file needs no lock, and may lie where nothing can be written.
  if (fs::exists(file, failed)) {
    const std::vector<bool> sound = intact_chunks(file, key);
    if (std::find(sound.begin(), sound.end(), false) == sound.end()) {
      if (report != nullptr) *report = {layout.chunks, layout.chunks, false};
      return {MappedFile(file), layout.values_begin, key.count, key.width};
    }
  }
  fs::create_directories(file.parent_path(), failed);
  if (failed)
    throw UserError(
        fmt::format("feature cache {}: its folder cannot be made: {}; choose another folder with "
                    "--cache_dir, or pass --no_cache",
                    file.string(), failed.message()));
  const OpenFile guard(file.string() + ".lock", O_RDWR | O_CREAT);
  guard.lock();
  const fs::path partial = file.string() + ".partial";
  const bool complete = fs::exists(file);
  std::vector<bool> intact = intact_chunks(complete ? file : partial, key);
  const auto reused = static_cast<std::int64_t>(std::count(intact.begin(), intact.end(), true));
  if (report != nullptr) *report = {layout.chunks, reused, complete && reused < layout.chunks};
  if (!complete || reused < layout.chunks) {
    if (complete) fs::rename(file, partial);
    compute_missing(partial, key, compute, progress, intact);
    fs::rename(partial, file);
  }
  return {MappedFile(file), layout.values_begin, key.count, key.width};
}

FeatureRows computed_features(const FeatureKey& key, const ComputeRows& compute, const ProgressFn& progress) {
  std::vector<float> values(static_cast<std::size_t>(key.count * key.width));
  const std::int64_t rows = key.chunk_rows;
  for (std::int64_t begin = 0; begin < key.count; begin += rows) {
    if (stop_requested())
      throw Interrupted(fmt::format("stopped after encoding {} of {} images", begin, key.count));
    const std::int64_t end = std::min(begin + rows, key.count);
    compute(begin, end, values.data() + begin * key.width);
    if (progress) progress("encode", end, key.count);
  }
  return FeatureRows(std::move(values), key.width);
}

}  // namespace packrat
