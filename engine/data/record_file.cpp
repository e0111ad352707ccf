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

}  // namespace

void check_labels(const DatasetInfo& info, const std::filesystem::path& path, ByteView records) {
  const auto count = static_cast<std::int64_t>(records.size) / info.record_bytes();
  for (std::int64_t i = 0; i < count; ++i) {
    const int label = label_of(info, records.data + i * info.record_bytes());
    if (label >= info.classes)
      throw UserError(
          fmt::format("{}: record {} has label {}, but labels of {} are 0 to {}: not a file of this "
                      "data set, or a damaged one",
                      path.string(), i, label, info.name, info.classes - 1));
  }
}

void append_records(const DatasetInfo& info, ByteView records, ImageSet& images) {
  const auto count = static_cast<std::int64_t>(records.size) / info.record_bytes();
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint8_t* record = records.data + i * info.record_bytes();
    const std::uint8_t* image = record + info.label_bytes;
    images.labels.push_back(static_cast<std::uint16_t>(label_of(info, record)));
    images.pixels.insert(images.pixels.end(), image, image + kImageBytes);
  }
}

void write_record(const DatasetInfo& info, int label, const std::uint8_t* planes, std::ostream& out) {
  for (int i = info.label_width; i < info.label_bytes; ++i) out.put('\0');
  for (int i = 0; i < info.label_width; ++i) out.put(static_cast<char>(label >> 8 * i));
  out.write(reinterpret_cast<const char*>(planes), kImageBytes);
}

}  // namespace packrat
