#include "engine/data/picture_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/interrupt.h"
#include "engine/core/parallel.h"
#include "engine/data/folder_walk.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kBatch = 1024, kBatchBytes = std::size_t{64} << 20;
constexpr std::int64_t kMaxFileBytes = std::int64_t{64} << 20;

}  // namespace

void read_files(const fs::path& folder_or_archive, const std::function<bool(const std::string&)>& wants,
                const TakeFile& take, const ProgressFn& progress) {
  std::error_code failed;
  if (!fs::is_directory(folder_or_archive, failed))
    return read_archive(folder_or_archive, wants, kMaxFileBytes, take, progress);
  const std::vector<FoundFile> files = files_below(folder_or_archive, true);
  refuse_broken_links(folder_or_archive, files, wants);
  std::vector<std::string> names;
  for (const FoundFile& file : files)
    if (file.kind == FoundFile::Kind::kFile && wants(file.path)) names.push_back(file.path);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (stop_requested())
      throw Interrupted(fmt::format("interrupted while reading {}", folder_or_archive.string()));
    take(names[i], read_file(folder_or_archive / names[i]));
    if (progress) progress("read", static_cast<std::int64_t>(i + 1), static_cast<std::int64_t>(names.size()));
  }
}

void PictureDecoder::add(std::string name, std::vector<std::uint8_t> file) {
  batch_bytes_ += file.size() + static_cast<std::size_t>(form_.image_bytes());
  batch_.push_back({std::move(name), std::move(file)});
  if (batch_.size() == kBatch || batch_bytes_ >= kBatchBytes) finish();
}

void PictureDecoder::finish() {
  std::vector<Picture> done(batch_.size());
  const auto threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  parallel_for(static_cast<std::int64_t>(batch_.size()), threads, [&](std::int64_t i) {
    const File& file = batch_[static_cast<std::size_t>(i)];
    done[static_cast<std::size_t>(i)] = {
        file.name, decode_picture({file.bytes.data(), file.bytes.size()}, file.name, form_)};
  });
  for (Picture& picture : done) take_(std::move(picture));
  batch_.clear();
  batch_bytes_ = 0;
}

}  // namespace packrat
