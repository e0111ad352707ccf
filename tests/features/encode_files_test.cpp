#include "engine/features/encode_files.h"

#include <gmock/gmock.h>

#include "engine/core/interrupt.h"
#include "engine/data/feature_dataset.h"
#include "models/initial_weights.h"
#include "models/weights_io.h"
#include "tests/data/expect_error.h"
#include "tests/data/small_dataset.h"

namespace packrat {
namespace {
using ::testing::HasSubstr;
using testing_data::TempFolder;
using testing_data::user_error;
namespace fs = std::filesystem;

class EncodeFilesTest : public ::testing::Test {
 protected:
  EncodeFilesTest() {
    testing_data::write_small_dataset(find_dataset("cifar10"), folder_ / "data", 20);
    write_safetensors(folder_ / "net.safetensors", initial_state(find_backbone("resnet18").whole(4), Rng(1)));
    options_.backbone = "resnet18";
    options_.cut = Cut("2");
    options_.weights_file = folder_ / "net.safetensors";
  }
  Dataset images() const { return load_dataset("cifar10", folder_ / "data"); }
  std::string name() const { return "features:" + (folder_ / "emb").string(); }

  TempFolder folder_;
  EncodingOptions options_;
};

/// The greatest difference between rows, and the greatest value.
std::pair<double, double> difference(ConstRows a, ConstRows b) {
  EXPECT_EQ(a.count, b.count);
  EXPECT_EQ(a.width, b.width);
  double most = 0, scale = 0;
  for (std::int64_t i = 0; i < a.count * a.width; ++i) {
    most = std::max(most, std::abs(static_cast<double>(a.data[i]) - b.data[i]));
    scale = std::max(scale, std::abs(static_cast<double>(b.data[i])));
  }
  return {most, scale};
}

std::vector<float> all_rows(const RowSource& source, std::int64_t count, std::int64_t width) {
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i < count; ++i) all.push_back(i);
  std::vector<float> values(static_cast<std::size_t>(count * width));
  source.gather(all, {values.data(), count, width});
  return values;
}

TEST_F(EncodeFilesTest, WritesTheRowsThatARunWouldHaveEncodedInEveryForm) {
  struct Case {
    FeatureType type;
    bool npy;
    double error;  // of the greatest value
  };
  options_.mirrored = true;
  Dataset as_images = images();
  const Dataset labelled = images();
  const PreparedData expected = prepare_data(as_images, options_, {});
  const std::int64_t width = expected.domain.values();
  for (const Case& c : {Case{FeatureType::kFloat32, false, 0}, Case{FeatureType::kFloat32, true, 0},
                        Case{FeatureType::kFloat16, false, 1e-3}, Case{FeatureType::kFloat16, true, 1e-3},
                        Case{FeatureType::kBfloat16, false, 1e-2}}) {
    SCOPED_TRACE(feature_type_name(c.type));
    fs::remove_all(folder_ / "emb");
    const EncodedFiles encoded = encode_to_files(labelled, options_, {folder_ / "emb", c.type, c.npy}, {});
    EXPECT_EQ(encoded.shape, expected.domain.shape);
    EXPECT_EQ(encoded.weights_sha256, expected.weights_sha256);
    Dataset features = load_features(name(), folder_ / "data", {});
    EXPECT_EQ(features.train.labels, labelled.train.labels);
    EXPECT_EQ(features.test.labels, labelled.test.labels);
    EXPECT_EQ(features.class_names, labelled.class_names);
    EXPECT_EQ(features.info.feature_shape, expected.domain.shape);
    EXPECT_EQ(features.train.rows->type, c.type);
    const PreparedData prepared = prepare_data(features, {}, {});
    const auto [test_error, scale] = difference(prepared.test->rows(), expected.test->rows());
    EXPECT_LE(test_error, c.error * scale);
    const std::vector<float> got = all_rows(*prepared.train, 100, width),
                             wanted = all_rows(*expected.train, 100, width);
    const auto [train_error, train_scale] = difference({got.data(), 100, width}, {wanted.data(), 100, width});
    EXPECT_LE(train_error, c.error * train_scale);
  }
}

TEST_F(EncodeFilesTest, WritesNormalisedPixelsWithoutAnEncoder) {
  const Dataset labelled = images();
  encode_to_files(labelled, {}, {folder_ / "emb", FeatureType::kFloat32, false}, {});
  Dataset features = load_features(name(), folder_ / "data", {});
  Dataset as_images = images();
  EXPECT_EQ(
      difference(prepare_data(features, {}, {}).test->rows(), prepare_data(as_images, {}, {}).test->rows())
          .first,
      0);
}

TEST_F(EncodeFilesTest, LeavesNothingBehindWhenItIsStoppedOrRefused) {
  const Dataset labelled = images();
  const FeatureFileForm form{folder_ / "emb", FeatureType::kFloat32, false};
  const auto stop_in_the_test_images = [](std::string_view phase, std::int64_t, std::int64_t) {
    stop_requested() = phase == "encode train";
  };
  EXPECT_THROW(encode_to_files(labelled, options_, form, stop_in_the_test_images), Interrupted);
  stop_requested() = false;
  EXPECT_TRUE(fs::is_empty(folder_ / "emb"));
  const auto bfloat_npy = [&] {
    encode_to_files(labelled, options_, {folder_ / "emb", FeatureType::kBfloat16, true}, {});
  };
  EXPECT_THAT(user_error(bfloat_npy), HasSubstr("NumPy has no bfloat16"));
  EXPECT_TRUE(fs::is_empty(folder_ / "emb"));
}

}  // namespace
}  // namespace packrat
