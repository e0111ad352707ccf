#include "engine/features/prepared_data.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "engine/core/build_info.h"
#include "engine/onnx/onnx_encoder.h"
#include "models/initial_weights.h"
#include "models/weights_io.h"
#include "tests/data/small_dataset.h"

namespace packrat {
namespace {
using ::testing::HasSubstr;
using testing_data::TempFolder;

/// Twelve training and five test images of toy_info(), as a loaded data set.
Dataset toy_dataset(const DatasetInfo& info, const ImageForm& form = {}) {
  Dataset dataset;
  dataset.info = info;
  dataset.sha256 = "0123";
  Rng rng(3);
  for (const int count : {12, 5}) {
    std::vector<std::uint8_t> pixels;
    ImageSet images(form);
    for (int i = 0; i < count; ++i) {
      images.labels.push_back(static_cast<std::uint16_t>(i % info.classes));
      const std::vector<std::uint8_t> image = testing_data::small_image(images.labels.back(), rng);
      pixels.insert(pixels.end(), image.begin(), image.end());
    }
    images.append(std::move(pixels), {count, kImageBytes, 32});
    (count == 12 ? dataset.train : dataset.test) = std::move(images);
  }
  return dataset;
}

class PreparedDataTest : public ::testing::Test {
 protected:
  PreparedDataTest() {
    write_safetensors(folder_ / "net.safetensors", initial_state(find_backbone("resnet18").whole(4), Rng(1)));
    options_.backbone = "resnet18";
    options_.cut = Cut("2");
    options_.weights_file = folder_ / "net.safetensors";
  }

  PreparedData prepare() {
    Dataset dataset = toy_dataset(info_, options_.image);
    return prepare_data(dataset, options_, {});
  }
  /// The features of test image i, by a batch of one through the encoder.
  std::vector<float> expected_test_row(std::int64_t i) {
    const Dataset dataset = toy_dataset(info_);
    const Encoder encoder(find_backbone(options_.backbone), options_.cut,
                          read_weights(options_.weights_file).tensors);
    std::vector<float> row(2048);
    encoder.encode(dataset.test.pixels(i, 1).data(), 1, info_.mean, info_.std, row.data());
    return row;
  }

  TempFolder folder_;
  DatasetInfo info_ = testing_data::toy_info();
  EncodingOptions options_;
};

void expect_same_rows(ConstRows got, ConstRows expected) {
  ASSERT_EQ(got.count, expected.count);
  ASSERT_EQ(got.width, expected.width);
  for (std::int64_t i = 0; i < got.count; ++i)
    for (std::int64_t j = 0; j < got.width; ++j) ASSERT_EQ(got.row(i)[j], expected.row(i)[j]) << "row " << i;
}

TEST_F(PreparedDataTest, HoldsBothSplitsEncodedAndNothingOfTheImages) {
  Dataset dataset = toy_dataset(info_);
  const PreparedData prepared = prepare_data(dataset, options_, {});
  EXPECT_EQ(dataset.train.count(), 0);
  EXPECT_EQ(dataset.test.count(), 0);
  EXPECT_EQ(prepared.domain.shape, (std::array<std::int64_t, 3>{128, 4, 4}));
  EXPECT_FALSE(prepared.domain.pixels);
  EXPECT_EQ(prepared.weights_name, "net.safetensors");
  EXPECT_EQ(prepared.weights_sha256, sha256_of_file(options_.weights_file));
  EXPECT_GT(prepared.encoder_bytes, 0);
  EXPECT_EQ(prepared.cache_note, "");
  ASSERT_EQ(prepared.test->rows().count, 5);
  for (std::int64_t i = 0; i < 5; ++i) {
    const std::vector<float> expected = expected_test_row(i);
    for (std::size_t j = 0; j < expected.size(); ++j)
      ASSERT_NEAR(prepared.test->rows().row(i)[j], expected[j], 1e-4 + 1e-4 * std::abs(expected[j]))
          << "image " << i;
  }
}

TEST_F(PreparedDataTest, ComesFromTheCacheTheSecondTimeBitForBit) {
  const PreparedData plain = prepare();
  options_.cache_dir = folder_ / "features";
  const PreparedData first = prepare(), second = prepare();
  EXPECT_THAT(first.cache_note,
              testing::AllOf(HasSubstr("test"), HasSubstr("train"), HasSubstr("0 of 1 chunks")));
  EXPECT_THAT(second.cache_note,
              testing::AllOf(HasSubstr("1 of 1 chunks"), testing::Not(HasSubstr("0 of 1"))));
  std::vector<std::int64_t> all(12);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
  const auto train_rows = [&](const PreparedData& prepared) {
    std::vector<float> rows(12 * 2048);
    prepared.train->gather(all, {rows.data(), 12, 2048});
    return rows;
  };
  for (const PreparedData* cached : {&first, &second}) {
    expect_same_rows(cached->test->rows(), plain.test->rows());
    EXPECT_EQ(train_rows(*cached), train_rows(plain));
  }
}

TEST_F(PreparedDataTest, EverythingTheFeaturesDependOnHasItsOwnCacheFile) {
  options_.cache_dir = folder_ / "features";
  const auto files = [&] {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "features"))
      count += entry.path().extension() == ".features";
    return count;
  };
  prepare();
  EXPECT_EQ(files(), 2);
  options_.cut = Cut("1");
  prepare();
  EXPECT_EQ(files(), 4) << "another cut";
  options_.encoder.type = EncoderType::kBFloat16;
  prepare();
  EXPECT_EQ(files(), 6) << "another type";
  write_safetensors(folder_ / "net.safetensors", initial_state(find_backbone("resnet18").whole(4), Rng(2)));
  prepare();
  EXPECT_EQ(files(), 8) << "other weights under the same name";
  Dataset other = toy_dataset(info_);
  other.sha256 = "4567";
  prepare_data(other, options_, {});
  EXPECT_EQ(files(), 10) << "other data";
  options_.image.side = 48;
  prepare();
  EXPECT_EQ(files(), 12) << "another size";
  options_.image.centre_crop = true;
  prepare();
  EXPECT_EQ(files(), 14) << "another way to that size";
}

TEST_F(PreparedDataTest, WithoutAnEncoderRowsAreNormalisedPixels) {
  options_.cut = Cut();
  options_.weights_file.clear();
  const Dataset dataset = toy_dataset(info_);
  const PreparedData prepared = prepare();
  EXPECT_TRUE(prepared.domain.pixels);
  EXPECT_EQ(prepared.weights_sha256, "");
  EXPECT_EQ(prepared.encoder_bytes, 0);
  ASSERT_EQ(prepared.test->rows().count, 5);
  for (std::int64_t i = 0; i < 5; ++i)
    for (std::int64_t j = 0; j < kImageBytes; ++j)
      ASSERT_EQ(prepared.test->rows().row(i)[j],
                normalised_pixel(dataset.test.pixels(i, 1)[static_cast<std::size_t>(j)], 0.5f, 0.5f));
  std::vector<float> row(kImageBytes);
  prepared.train->gather({11}, {row.data(), 1, kImageBytes});
  EXPECT_EQ(row[7], normalised_pixel(dataset.train.pixels(11, 1)[7], 0.5f, 0.5f));
}

TEST_F(PreparedDataTest, ImagesOfAnySizeGiveTheMapsThatANetworkMakesOfThem) {
  for (const std::int64_t side : {48, 64, 224}) {
    options_.image.side = side;
    options_.encoder.threads = 2;
    const PreparedData prepared = prepare();
    EXPECT_EQ(prepared.domain.shape, (Shape3{128, (side + 7) / 8, (side + 7) / 8}));
    const at::Tensor pixels = at::empty({1, 3, side, side}, at::kByte);
    toy_dataset(info_, options_.image).test.read(4, 1, pixels.data_ptr<std::uint8_t>());
    const Encoder encoder(find_backbone("resnet18"), Cut("2"), read_weights(options_.weights_file).tensors);
    const at::Tensor expected = encoder.forward((pixels.to(at::kFloat) / 255 - 0.5) / 0.5).flatten();
    const at::Tensor got =
        at::from_blob(const_cast<float*>(prepared.test->rows().row(4)), {expected.numel()});
    EXPECT_LT(((got - expected).norm() / expected.norm()).item<double>(), 1e-5) << side;
  }
}

TEST_F(PreparedDataTest, AnOnnxFilesTensorIsARowAndItsBytesTheEncoders) {
  options_.weights_file = source_dir() / "tests/golden/onnx/tiny.onnx";
  options_.cut = Cut();
  options_.backbone = "onnx-tiny";
  options_.cache_dir = folder_ / "features";
  std::set<std::vector<float>> rows;
  std::size_t forms = 0;
  for (const std::int64_t side : {32, 40})
    for (const char* output : {"", "maps"})
      for (const bool bgr : {false, true})
        for (const auto& normalisation :
             {std::optional<Normalisation>(), std::optional(kImageNetNormalisation)}) {
          options_.image.side = side;
          options_.onnx = OnnxOptions{output, bgr};
          options_.normalisation = normalisation;
          const PreparedData prepared = prepare(), again = prepare();
          expect_same_rows(again.test->rows(), prepared.test->rows());
          EXPECT_EQ(prepared.encoder_bytes,
                    static_cast<std::int64_t>(std::filesystem::file_size(options_.weights_file)));
          EXPECT_EQ(prepared.weights_sha256, sha256_of_file(options_.weights_file));
          const OnnxEncoder encoder({options_.weights_file, output}, {side, bgr, 1});
          EXPECT_EQ(prepared.domain.shape, encoder.graph().shape());
          std::vector<float> row(static_cast<std::size_t>(prepared.domain.values()));
          const auto [mean, std] = normalisation.value_or(Normalisation{info_.mean, info_.std});
          encoder.encode(toy_dataset(info_, options_.image).test.pixels(2, 1).data(), 1, mean, std,
                         row.data());
          EXPECT_TRUE(std::equal(row.begin(), row.end(), prepared.test->rows().row(2)));
          rows.insert(row);
          ++forms;
        }
  EXPECT_EQ(rows.size(), forms) << "two of the forms have the same rows: the cache took one for the other";
}

TEST_F(PreparedDataTest, ASplitThatTheCallerDroppedLeavesNoFileInTheCache) {
  options_.cache_dir = folder_ / "cache";
  Dataset dataset = toy_dataset(info_);
  dataset.test = {};
  EXPECT_EQ(prepare_data(dataset, options_, {}).test->rows().count, 0);
  EXPECT_THAT(prepare().cache_note, ::testing::Not(HasSubstr("damaged")));
}

}  // namespace
}  // namespace packrat
