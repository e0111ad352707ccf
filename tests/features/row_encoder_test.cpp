#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/features/prepared_data.h"
#include "models/initial_weights.h"
#include "models/weights_io.h"
#include "tests/data/small_dataset.h"

namespace packrat {
namespace {

constexpr std::array<float, 3> kMean{0.5f, 0.4f, 0.3f}, kStd{0.2f, 0.3f, 0.25f};

class RowEncoderTest : public testing::Test {
 protected:
  RowEncoderTest() {
    Rng rng(4);
    std::vector<std::uint8_t> pixels;
    for (int i = 0; i < kImages; ++i) {
      const std::vector<std::uint8_t> image = testing_data::small_image(i, rng);
      pixels.insert(pixels.end(), image.begin(), image.end());
    }
    // Not the same from the left and from the right.
    for (std::size_t i = 0; i < pixels.size(); ++i)
      pixels[i] = static_cast<std::uint8_t>(pixels[i] / 2 + i % 32 * 3);
    images_ = ImageSet(std::move(pixels), {0, 1, 2});
  }

  std::vector<float> rows(std::vector<TappedMaps> taps, bool mirrored, const ImageSet& images) const {
    EncodingOptions options;
    options.backbone = "resnet18";
    options.cut = taps.back().cut;
    options.taps = std::move(taps);
    const RowEncoder encoder(options, weights_);
    const auto [channels, height, width] = encoder.shape();
    std::vector<float> out(static_cast<std::size_t>(images.count() * channels * height * width));
    encoder.encode(images.pixels().data(), images.count(), kMean, kStd, mirrored, out.data());
    return out;
  }
  std::vector<float> rows(const char* cut) const { return rows({{Cut(cut), {}}}, false, images_); }

  static constexpr int kImages = 3;
  ImageSet images_;
  StateDict weights_ = initial_state(find_backbone("resnet18").whole(4), Rng(1));
};

TEST_F(RowEncoderTest, PutsTheMapsOfSeveralCutsBehindEachOther) {
  const std::vector<float> both = rows({{Cut("2.5"), {}}, {Cut("4"), {}}}, false, images_);
  const std::vector<float> first = rows("2.5"), second = rows("4");
  ASSERT_EQ(both.size(), first.size() + second.size());
  for (std::size_t i = 0; i < kImages; ++i)
    for (std::size_t v = 0; v < 1536; ++v)
      ASSERT_EQ(both[i * 1536 + v], v < 1024 ? first[i * 1024 + v] : second[i * 512 + v - 1024])
          << i << " " << v;
}

TEST_F(RowEncoderTest, PoolsEachCutByItself) {
  const std::vector<float> pooled = rows({{Cut("2"), {1, 1}}, {Cut("3"), {1, 2}}}, false, images_);
  const std::vector<float> maps2 = rows("2"), maps3 = rows("3");
  ASSERT_EQ(pooled.size(), kImages * (128U + 512U));
  for (std::size_t i = 0; i < kImages; ++i) {
    double sum = 0;
    for (std::size_t v = 0; v < 16; ++v) sum += maps2[i * 2048 + 5 * 16 + v];
    EXPECT_NEAR(pooled[i * 640 + 5], sum / 16, 1e-5);
    EXPECT_NEAR(pooled[i * 640 + 128 + 7 * 2 + 1],
                (maps3[i * 1024 + 7 * 4 + 1] + maps3[i * 1024 + 7 * 4 + 3]) / 2, 1e-6);
  }
}

TEST_F(RowEncoderTest, AMirrorImageHasTheSameRowWhenViewsAreAveraged) {
  ImageSet both = images_;
  both.add_mirror_images();
  ASSERT_EQ(both.count(), 2 * kImages);
  const std::vector<TappedMaps> taps{{Cut("3"), {}}};
  const std::vector<float> plain = rows(taps, false, both), mean = rows(taps, true, both);
  for (std::size_t i = 0; i < kImages; ++i) {
    EXPECT_EQ(both.labels[2 * i], i);
    EXPECT_EQ(both.labels[2 * i + 1], i);
    const auto row = [&](const std::vector<float>& of, std::size_t n) { return of.data() + n * 1024; };
    EXPECT_FALSE(std::equal(row(plain, 2 * i), row(plain, 2 * i + 1), row(plain, 2 * i + 1)));
    EXPECT_TRUE(std::equal(row(mean, 2 * i), row(mean, 2 * i + 1), row(mean, 2 * i + 1)));
    for (std::size_t v = 0; v < 1024; ++v)
      ASSERT_NEAR(row(mean, 2 * i)[v], (row(plain, 2 * i)[v] + row(plain, 2 * i + 1)[v]) / 2, 1e-6);
  }
}

TEST_F(RowEncoderTest, MirroringTwiceGivesTheImageBack) {
  ImageSet once = images_;
  once.add_mirror_images();
  for (std::int64_t i = 0; i < kImages; ++i) {
    const std::vector<std::uint8_t> image = images_.pixels(i, 1), mirror = once.pixels(2 * i + 1, 1);
    EXPECT_EQ(once.pixels(2 * i, 1), image);
    for (std::size_t row = 0; row < 96; ++row)
      for (std::size_t x = 0; x < 32; ++x) ASSERT_EQ(mirror[row * 32 + x], image[row * 32 + 31 - x]);
  }
}

TEST_F(RowEncoderTest, TheDeeperCutIsChargedOnce) {
  const Encoder both(find_backbone("resnet18"), std::vector<Cut>{Cut("2"), Cut("3")}, weights_);
  const Encoder deeper(find_backbone("resnet18"), Cut("3"), weights_);
  EXPECT_EQ(both.parameter_bytes(), deeper.parameter_bytes());
}

TEST_F(RowEncoderTest, CutsOutOfOrderAreRefused) {
  for (const auto& cuts : {std::vector<Cut>{}, {Cut("3"), Cut("2")}, {Cut("3"), Cut("3")}, {Cut(), Cut("3")}})
    EXPECT_THROW(Encoder(find_backbone("resnet18"), cuts, weights_), UserError);
}

TEST_F(RowEncoderTest, TheCacheTellsFormsApart) {
  const testing_data::TempFolder folder;
  write_safetensors(folder / "net.safetensors", weights_);
  EncodingOptions plain;
  plain.backbone = "resnet18";
  plain.cut = Cut("3");
  plain.weights_file = folder / "net.safetensors";
  plain.cache_dir = folder / "cache";
  EncodingOptions mirrored = plain, both = plain, pooled = plain, two = plain;
  mirrored.mirrored = true;
  both.mirrored = both.both_views = both.mirror_images = true;
  pooled.taps = {{Cut("3"), {1, 1}}};
  two.taps = {{Cut("2"), {1, 1}}, {Cut("3"), {}}};
  const auto prepare = [&](const EncodingOptions& options, bool cached) {
    Dataset dataset;
    dataset.info = testing_data::toy_info();
    dataset.sha256 = "0123";
    dataset.train = dataset.test = images_;
    EncodingOptions chosen = options;
    if (!cached) chosen.cache_dir.reset();
    if (options.both_views) dataset.train.add_mirror_images();
    return prepare_data(dataset, chosen, {});
  };
  for (const EncodingOptions& options : {plain, mirrored, both, pooled, two, mirrored, plain}) {
    const PreparedData fresh = prepare(options, false), cached = prepare(options, true);
    const ConstRows a = fresh.test->rows(), b = cached.test->rows();
    ASSERT_EQ(a.width, b.width);
    ASSERT_EQ(a.width, cached.domain.values());
    EXPECT_TRUE(std::equal(a.data, a.data + a.count * a.width, b.data));
    std::vector<float> x(static_cast<std::size_t>(a.width)), y = x;
    fresh.train->gather({2}, {x.data(), 1, a.width});
    cached.train->gather({2}, {y.data(), 1, a.width});
    EXPECT_EQ(x, y);
  }
}

}  // namespace
}  // namespace packrat
