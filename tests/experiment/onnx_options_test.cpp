#include <gmock/gmock.h>

#include "engine/core/build_info.h"
#include "engine/core/files.h"
#include "engine/experiment/feature_form.h"
#include "engine/experiment/onnx_defaults.h"
#include "engine/experiment/recipe.h"
#include "engine/experiment/run_options.h"
#include "engine/experiment/validate.h"
#include "engine/topology/network.h"
#include "tests/data/expect_error.h"
#include "tests/data/small_dataset.h"

namespace packrat::testing_data {
namespace {
namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class OnnxOptionsTest : public ::testing::Test {
 protected:
  OnnxOptionsTest() {
    fs::copy(source_dir() / "tests/golden/onnx/tiny.onnx", folder_ / "tiny.onnx");
    config_.encoder = "onnx:" + (folder_ / "tiny.onnx").string();
    config_.method = "slda";
  }
  void beside(const std::string& json) { write_text(folder_ / "tiny.onnx.json", json); }
  std::string refusal(const std::set<std::string>& given = {"encoder"}) {
    return user_error([&] { validate(config_, given); });
  }

  TempFolder folder_;
  RunConfig config_;
};

TEST_F(OnnxOptionsTest, RowsHaveTheShapeOfTheTensorForTheSizeOfTheImages) {
  EXPECT_EQ(feature_form(config_).shape(), (Shape3{4, 1, 1}));
  config_.encoder += "@maps";
  for (const std::int64_t side : {32, 48, 224}) {
    config_.image_size = side;
    EXPECT_EQ(feature_form(config_).shape(), (Shape3{4, side / 2, side / 2}));
  }
  config_.pool = "7x7";
  EXPECT_EQ(feature_form(config_).shape(), (Shape3{4, 7, 7}));
  EXPECT_EQ(feature_form(config_).cut_text(), "maps_pool-7x7");
  EXPECT_EQ(encoder_label(config_), "onnx-tiny");
  EXPECT_NO_THROW(validate(config_, {"encoder", "image_size", "pool", "method"}));
}

TEST_F(OnnxOptionsTest, WhatStandsBesideTheFileIsTheDefault) {
  beside(R"({"image_size": 48, "normalise": "imagenet", "channel_order": "bgr", "image_crop": "centre"})");
  RunConfig plain = config_, given = config_;
  apply_onnx_defaults(plain);
  EXPECT_EQ(plain.image_size, 48);
  EXPECT_EQ(plain.normalise, "imagenet");
  EXPECT_EQ(plain.channel_order, "bgr");
  EXPECT_EQ(plain.image_crop, "centre");
  given.image_size = 64;
  apply_onnx_defaults(given, {"image_size", "image_crop"});
  EXPECT_EQ(given.image_size, 64);
  EXPECT_EQ(given.image_crop, "none");
  EXPECT_EQ(given.normalise, "imagenet");
  for (const auto& [text, why] : {std::pair(R"({"size": 4})", "'size': choose from image_size"),
                                  {R"({"image_size": 4})", "from 8 to 512"},
                                  {R"({"image_size": "big"})", "'big'"},
                                  {"{", "no JSON object"},
                                  {"[1]", "choose from"}}) {
    beside(text);
    RunConfig fresh = config_;
    EXPECT_THAT(user_error([&] { apply_onnx_defaults(fresh); }),
                AllOf(HasSubstr("tiny.onnx.json"), HasSubstr(why)))
        << text;
  }
}

TEST_F(OnnxOptionsTest, AHeadOfANetworkNeedsToBeToldWhereItBegins) {
  config_.method = "gdumb";
  EXPECT_THAT(refusal(), HasSubstr("--backbone_block"));
  config_.backbone = "mlp_bn";
  EXPECT_NO_THROW(validate(config_, {"encoder"}));
  config_.backbone = "resnet18";
  config_.backbone_block = "3";
  EXPECT_THAT(refusal(), HasSubstr("256 channels"));
}

TEST_F(OnnxOptionsTest, OptionsOfOtherEncodersAreRefused) {
  for (const char* option : {"encoding_block", "blocks", "encoder_dtype", "weights"})
    EXPECT_THAT(refusal({"encoder", option}), HasSubstr(option));
  config_.encoder = "cutr";
  EXPECT_THAT(refusal({"channel_order"}), HasSubstr("channel_order"));
  config_.encoder = "bogus";
  EXPECT_THAT(refusal(), AllOf(HasSubstr("cutr34"), HasSubstr("onnx:")));
}

TEST_F(OnnxOptionsTest, NormalisationsAreThreeNumbersTwice) {
  config_.normalise = "0.5,0.25,0:1,0.5,0.125";
  const auto read = normalisation_of(config_);
  EXPECT_EQ(read->mean, (std::array<float, 3>{0.5F, 0.25F, 0}));
  EXPECT_EQ(read->std, (std::array<float, 3>{1, 0.5F, 0.125F}));
  config_.normalise = "dataset";
  EXPECT_FALSE(normalisation_of(config_));
  for (const char* text : {"", "half", "0.5:0.5", "0,0,0", "0,0,0:1,1,0", "0,0,0:1,1", "0,0,0,0:1,1,1",
                           "0,0,2:1,1,1", "0,0,0:1,1,1,", "nan,0,0:1,1,1"}) {
    config_.normalise = text;
    EXPECT_THAT(user_error([&] { normalisation_of(config_); }), HasSubstr("0.485,0.456,0.406:")) << text;
  }
}

TEST(ImageSize, IsCheckedByRangeAndCropByName) {
  RunConfig config;
  for (const std::int64_t side : {8, 32, 224, 512}) {
    config.image_size = side;
    EXPECT_EQ(image_form(config).side, side);
    EXPECT_EQ(feature_form(config).shape(), (Shape3{3, side, side}));
  }
  for (const std::int64_t side : {-1, 0, 7, 513}) {
    config.image_size = side;
    EXPECT_THAT(user_error([&] { image_form(config); }), HasSubstr("from 8 to 512"));
  }
  config.image_size = 32;
  config.image_crop = "middle";
  EXPECT_THAT(user_error([&] { image_form(config); }), HasSubstr("none, centre"));
}

}  // namespace
}  // namespace packrat::testing_data
