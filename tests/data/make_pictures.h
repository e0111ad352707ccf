#pragma once
#include <filesystem>
#include <opencv2/imgcodecs.hpp>

namespace packrat::testing_data {

/// Writes a picture of one colour, given as R, G, B; the name's ending is its format.
inline void write_picture(const std::filesystem::path& path, const cv::Scalar& rgb, int width = 40,
                          int height = 36) {
  std::filesystem::create_directories(path.parent_path());
  cv::imwrite(path.string(), cv::Mat(height, width, CV_8UC3, cv::Scalar(rgb[2], rgb[1], rgb[0])));
}

}  // namespace packrat::testing_data
