#include "engine/data/png_sheets.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <ostream>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/interrupt.h"
#include "engine/core/json_text.h"
#include "engine/data/record_file.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

constexpr int kPlaneBytes = 32 * 32;  // of an image of CIFAR, a row of the sheet

using LabelLists = std::map<std::string, std::vector<int>>;

std::vector<int> read_labels(const DatasetInfo& info, const fs::path& path) {
  std::vector<int> labels;
  try {
    labels = parse_json(read_text(path)).get<std::vector<int>>();
  } catch (const nlohmann::json::exception&) {
    throw UserError(fmt::format("{} is not a list of labels", path.filename().string()));
  }
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] < 0 || labels[i] >= info.classes)
      throw UserError(fmt::format("{}: entry {} is label {}, but labels of {} are 0 to {}",
                                  path.filename().string(), i, labels[i], info.name, info.classes - 1));
  return labels;
}

/// Every label list, of exactly as many labels as its sheets have images.
LabelLists read_label_lists(const DatasetInfo& info, const fs::path& sheets) {
  std::map<std::string, std::int64_t> due;
  for (const RecordFile& file : info.files) due[file.sheet_labels] += file.records;
  LabelLists lists;
  for (const auto& [name, count] : due) {
    lists[name] = read_labels(info, sheets / name);
    if (static_cast<std::int64_t>(lists[name].size()) != count)
      throw UserError(fmt::format("{} holds {} labels instead of {}", name, lists[name].size(), count));
  }
  return lists;
}

/// The sheet as OpenCV has it: [records, 1024] pixels of B, G, R.
cv::Mat read_sheet(const fs::path& path, std::int64_t records) {
  const std::vector<std::uint8_t> file = read_file(path);
  cv::Mat sheet;
  try {
    sheet = cv::imdecode(file, cv::IMREAD_UNCHANGED);
  } catch (const cv::Exception&) {
    // Told below: an empty or outsized file.
  }
  if (sheet.empty())
    throw UserError(fmt::format("{} is not a picture, or a damaged one", path.filename().string()));
  if (sheet.type() == CV_8UC3 && sheet.cols == kPlaneBytes && sheet.rows == records) return sheet;
  throw UserError(
      fmt::format("{} is {} x {} pixels with {} channels of {} bytes instead of {} x {} with 3 of 1",
                  path.filename().string(), sheet.cols, sheet.rows, sheet.channels(), sheet.elemSize1(),
                  kPlaneBytes, records));
}

void write_sheet(const DatasetInfo& info, const cv::Mat& sheet, const int* labels, std::ostream& out) {
  std::array<std::uint8_t, kImageChannels * kPlaneBytes> planes;
  for (int row = 0; row < sheet.rows && out.good(); ++row) {
    const std::uint8_t* bgr = sheet.ptr<std::uint8_t>(row);
    for (int p = 0; p < kPlaneBytes; ++p)
      for (int c = 0; c < kImageChannels; ++c) planes[c * kPlaneBytes + p] = bgr[3 * p + 2 - c];
    write_record(info, labels[row], planes.data(), out);
  }
}

}  // namespace

void convert_sheets(const DatasetInfo& info, const fs::path& sheets, const fs::path& folder,
                    const ProgressFn& progress) {
  const LabelLists lists = read_label_lists(info, sheets);
  std::map<std::string, std::int64_t> used;
  std::int64_t done = 0;
  for (const RecordFile& file : info.files) {
    if (stop_requested()) throw Interrupted(fmt::format("interrupted while converting {}", file.sheet));
    const cv::Mat sheet = read_sheet(sheets / file.sheet, file.records);
    const int* labels = lists.at(file.sheet_labels).data() + used[file.sheet_labels];
    write_file_atomically(folder / file.name,
                          [&](std::ostream& out) { write_sheet(info, sheet, labels, out); });
    used[file.sheet_labels] += file.records;
    if (progress) progress("convert", ++done, static_cast<std::int64_t>(info.files.size()));
  }
}

}  // namespace packrat
