#include "engine/features/mapped_features.h"

#include <gmock/gmock.h>

#include <cstring>

#include "engine/core/error.h"
#include "engine/data/feature_dataset.h"
#include "engine/features/prepared_data.h"
#include "tests/data/expect_error.h"
#include "tests/data/make_features.h"
#include "tests/support/temp_folder.h"

namespace packrat {
namespace {
using namespace testing_data;  // NOLINT: helpers
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class MappedFeaturesTest : public ::testing::Test {
 protected:
  MappedFeaturesTest() { write_toy_features(folder_ / "emb", 12, 6, {5}, 3); }
  /// Training rows of other bytes.
  Dataset load_with(const ArrayToWrite& features) const {
    ArraysToWrite arrays = toy_features(12, {5}, 3, 1);
    arrays["features"] = features;
    write_as_safetensors(folder_ / "emb/train.safetensors", arrays);
    return load();
  }
  Dataset load() const {
    return load_features("features:" + (folder_ / "emb").string(), folder_ / "data", {});
  }

  TempFolder folder_;
};

TEST_F(MappedFeaturesTest, GiveTheValuesOfEveryType) {
  const std::vector<std::uint16_t> half{0x3C00, 0xC000, 0x3800, 0x0000, 0x7BFF};    // 1, -2, 0.5, 0, 65504
  const std::vector<std::uint16_t> bfloat{0x3F80, 0xC000, 0x3F00, 0x0000, 0x4380};  // 1, -2, 0.5, 0, 256
  const std::vector<float> single{1, -2, 0.5F, 0, 3e38F};
  const std::vector<std::uint8_t> bytes{1, 2, 0, 255, 7};
  const auto repeated = [](auto row) {
    auto all = row;
    for (int i = 1; i < 12; ++i) all.insert(all.end(), row.begin(), row.end());
    return all;
  };
  const auto expect = [&](const ArrayToWrite& features, const std::vector<float>& row) {
    Dataset dataset = load_with(features);
    std::vector<float> got(10);
    MappedFeatures(dataset.train.rows).gather({3, 11}, {got.data(), 2, 5});
    for (int i = 0; i < 10; ++i) EXPECT_EQ(got[i], row[i % 5]) << features.type;
    const ConstRows all = mapped_feature_rows(dataset.train.rows).rows();
    EXPECT_EQ(all.count, 12);
    EXPECT_EQ(all.width, 5);
  };
  expect(array_of("F16", {12, 5}, repeated(half)), {1, -2, 0.5F, 0, 65504});
  expect(array_of("BF16", {12, 5}, repeated(bfloat)), {1, -2, 0.5F, 0, 256});
  expect(array_of("F32", {12, 5}, repeated(single)), single);
  expect(array_of("U8", {12, 5}, repeated(bytes)), {1, 2, 0, 255, 7});
}

TEST_F(MappedFeaturesTest, StayWhereTheyAreWhenTheyAreFloat32) {
  Dataset dataset = load();
  const auto rows = dataset.test.rows;
  EXPECT_EQ(reinterpret_cast<const std::uint8_t*>(mapped_feature_rows(rows).rows().data), rows->data);
}

TEST_F(MappedFeaturesTest, ArePreparedWithoutAnEncoder) {
  Dataset dataset = load();
  const PreparedData data = prepare_data(dataset, {}, {});
  EXPECT_EQ(data.encoder_bytes, 0);
  EXPECT_EQ(data.weights_sha256, "");
  EXPECT_FALSE(data.domain.pixels);
  EXPECT_EQ(data.domain.shape, (std::array<std::int64_t, 3>{5, 1, 1}));
  EXPECT_EQ(data.test->rows().count, 6);
  EXPECT_THAT(data.cache_note, HasSubstr("no encoder is run, so 0 bytes are counted"));
  EncodingOptions with_encoder;
  with_encoder.cut = Cut("3");
  Dataset again = load();
  EXPECT_THAT(user_error([&] { prepare_data(again, with_encoder, {}); }), HasSubstr("give --encoder none"));
}

TEST_F(MappedFeaturesTest, TellThatTheirFileChangedWheneverTheyAreReadAgain) {
  Dataset dataset = load();
  const PreparedData data = prepare_data(dataset, {}, {});
  std::vector<float> row(5);
  data.train->gather({0}, {row.data(), 1, 5});
  for (const char* const split : {"train", "test"}) {
    const auto file = folder_ / "emb" / (std::string(split) + ".safetensors");
    std::filesystem::resize_file(file, 100);
  }
  EXPECT_THAT(user_error([&] {
                data.train->gather({0}, {row.data(), 1, 5});
              }),
              HasSubstr("train.safetensors changed"));
  EXPECT_THAT(user_error([&] { data.test->rows(); }), HasSubstr("test.safetensors changed"));
}

}  // namespace
}  // namespace packrat
