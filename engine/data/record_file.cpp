#include "engine/data/record_file.h"

#include <fmt/format.h>

#include <ostream>

#include "engine/core/error.h"

namespace packrat {
namespace {

int label_of(const DatasetInfo& info, const std::uint8_t* record) {
  int label = 0;
  for (int i = 1; i <= info.label_width; ++i) label = label << 8 | record[info.label_bytes - i];
  return label;
}

/// Pages around a label are given back every so many bytes: records of large images are mostly not read.
constexpr std::int64_t kReleaseEvery = std::int64_t{32} << 20;

/// take(record, label) for every record of the file.
template <typename Take>
void for_each_label(const DatasetInfo& info, const MappedFile& file, const Take& take) {
  const std::int64_t size = info.record_bytes(), count = static_cast<std::int64_t>(file.bytes().size) / size;
  std::int64_t released = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    take(i, label_of(info, file.bytes().data + i * size));
    if (const std::int64_t end = (i + 1) * size; end - released > kReleaseEvery) {
      file.release(static_cast<std::size_t>(released), static_cast<std::size_t>(end - released));
      released = end;
    }
  }
}

}  // namespace

void check_labels(const DatasetInfo& info, const std::filesystem::path& path, const MappedFile& file) {
  for_each_label(info, file, [&](std::int64_t i, int label) {
    if (label >= info.classes)
      throw UserError(
          fmt::format("{}: record {} has label {}, but labels of {} are 0 to {}: not a file of this "
                      "data set, or a damaged one",
                      path.string(), i, label, info.name, info.classes - 1));
  });
}

void append_records(const DatasetInfo& info, std::shared_ptr<const WatchedFile> file, ImageSet& images) {
  const std::int64_t before = images.count();
  for_each_label(info, file->file(), [&](std::int64_t, int label) {
    images.labels.push_back(static_cast<std::uint16_t>(label));
  });
  file->check_unchanged();
  images.append(std::move(file), info.label_bytes,
                {images.count() - before, info.record_bytes(), info.record_side});
}

void write_record(const DatasetInfo& info, int label, const std::uint8_t* planes, std::ostream& out) {
  for (int i = info.label_width; i < info.label_bytes; ++i) out.put('\0');
  for (int i = 0; i < info.label_width; ++i) out.put(static_cast<char>(label >> 8 * i));
  out.write(reinterpret_cast<const char*>(planes), info.record_bytes() - info.label_bytes);
}

}  // namespace packrat
