#include "engine/data/png_sheets.h"

#include <gmock/gmock.h>

#include "engine/core/files.h"
#include "engine/core/interrupt.h"
#include "tests/data/expect_error.h"
#include "tests/data/make_sheets.h"
#include "tests/data/small_dataset.h"

namespace packrat::testing_data {
namespace {
namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class Sheets : public ::testing::Test {
 protected:
  Sheets() {
    write_toy_files(info, temp / "official");
    make_sheets(info, temp / "official", temp / "sheets");
  }
  std::string error() {
    return user_error([&] { convert_sheets(info, temp / "sheets", temp / "out"); });
  }

  TempFolder temp;
  DatasetInfo info = toy_info();
};

TEST_F(Sheets, ConvertToTheOfficialBytes) {
  convert_sheets(info, temp / "sheets", temp / "out");
  for (const RecordFile& file : info.files)
    EXPECT_EQ(read_file(temp / ("out/" + file.name)), read_file(temp / ("official/" + file.name)))
        << file.name;
}

TEST_F(Sheets, AreReadRedFirst) {
  cv::Mat sheet(5, kPlaneBytes, CV_8UC3, cv::Scalar(3, 2, 1));  // OpenCV: blue, green, red
  cv::imwrite(temp / "sheets/test.png", sheet);
  convert_sheets(info, temp / "sheets", temp / "out");
  const std::vector<std::uint8_t> bytes = read_file(temp / "out/test.bin");
  for (int c = 0; c < kImageChannels; ++c) EXPECT_EQ(bytes[1 + c * kPlaneBytes], c + 1);
}

TEST_F(Sheets, OfAnotherGeometryAreRejected) {
  const std::vector<cv::Mat> wrong{cv::Mat::zeros(4, kPlaneBytes, CV_8UC3), cv::Mat::zeros(5, 1000, CV_8UC3),
                                   cv::Mat::zeros(5, kPlaneBytes, CV_8UC1),
                                   cv::Mat::zeros(5, kPlaneBytes, CV_8UC4),
                                   cv::Mat::zeros(5, kPlaneBytes, CV_16UC3)};
  for (const cv::Mat& sheet : wrong) {
    cv::imwrite(temp / "sheets/test.png", sheet);
    EXPECT_THAT(error(), AllOf(HasSubstr("test.png"), HasSubstr("1024 x 5")));
  }
}

TEST_F(Sheets, ThatAreNoPicturesAreRejected) {
  for (const std::string text : {"", "no picture", "\x89PNG\r\n\x1a\n"}) {
    write_text(temp / "sheets/one.png", text);
    EXPECT_THAT(error(), AllOf(HasSubstr("one.png"), HasSubstr("not a picture")));
  }
  fs::remove(temp / "sheets/one.png");
  EXPECT_THAT(error(), HasSubstr("one.png"));
}

TEST_F(Sheets, NeedLabelsOfTheRightNumberAndRange) {
  const std::map<std::string, std::string> wrong{{"", "not a list"},
                                                 {"{\"a\": 1}", "not a list"},
                                                 {"[\"cat\",1,2,3,4]", "not a list"},
                                                 {"[0,1,2,3]", "4 labels instead of 5"},
                                                 {"[0,1,2,3,0,1]", "6 labels instead of 5"},
                                                 {"[0,1,4,3,0]", "entry 2 is label 4"},
                                                 {"[0,1,2,-1,0]", "entry 3 is label -1"}};
  for (const auto& [text, reason] : wrong) {
    write_text(temp / "sheets/test.json", text);
    EXPECT_THAT(error(), AllOf(HasSubstr("test.json"), HasSubstr(reason))) << text;
  }
}

TEST_F(Sheets, StopWhenAskedTo) {
  stop_requested() = true;
  EXPECT_THROW(convert_sheets(info, temp / "sheets", temp / "out"), Interrupted);
  stop_requested() = false;
}

}  // namespace
}  // namespace packrat::testing_data
