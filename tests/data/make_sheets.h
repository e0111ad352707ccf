#pragma once
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "engine/core/files.h"
#include "engine/data/dataset.h"
#include "tests/data/small_dataset.h"

namespace packrat::testing_data {

/// The opposite of convert_sheets(): official files of one label byte -> PNG sheets and label lists.
inline void make_sheets(const DatasetInfo& info, const std::filesystem::path& official,
                        const std::filesystem::path& sheets) {
  std::filesystem::create_directories(sheets);
  std::map<std::string, nlohmann::json> labels;
  for (const RecordFile& file : info.files) {
    const std::vector<std::uint8_t> bytes = read_file(official / file.name);
    cv::Mat sheet(static_cast<int>(file.records), kPlaneBytes, CV_8UC3);
    for (int row = 0; row < sheet.rows; ++row) {
      const std::uint8_t* record = bytes.data() + row * info.record_bytes();
      labels[file.sheet_labels].push_back(record[0]);
      for (int p = 0; p < kPlaneBytes; ++p)
        sheet.at<cv::Vec3b>(row, p) = {record[1 + 2 * kPlaneBytes + p], record[1 + kPlaneBytes + p],
                                       record[1 + p]};
    }
    cv::imwrite((sheets / file.sheet).string(), sheet);
  }
  for (const auto& [name, list] : labels) write_text(sheets / name, list.dump());
}

}  // namespace packrat::testing_data
