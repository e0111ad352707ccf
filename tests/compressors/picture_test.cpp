// Stages that store pictures: jpeg, webp, resize.
#include <gtest/gtest.h>

#include <cmath>

#include "compressors/distortion.h"
#include "tests/compressors/testing.h"

namespace packrat {
namespace {

using namespace packrat::testing;  // NOLINT: the helpers of this folder

/// Pictures of slow waves, another in each channel.
std::vector<float> smooth_rows(const Domain& domain, std::int64_t count) {
  std::vector<float> rows;
  const auto [channels, height, width] = domain.shape;
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t y = 0; y < height; ++y)
        for (std::int64_t x = 0; x < width; ++x) {
          const double wave = std::sin(0.15 * static_cast<double>(x * (c + 1) + y + 3 * i));
          rows.push_back(normalised_pixel(static_cast<std::uint8_t>(120 + 40 * c + 40 * wave),
                                          domain.mean[static_cast<std::size_t>(c)],
                                          domain.std[static_cast<std::size_t>(c)]));
        }
  return rows;
}

Domain grey(std::int64_t side) {
  Domain domain = pixels(side, side);
  domain.shape[0] = 1;
  return domain;
}

TEST(Pictures, ComeBackCloseInTheRightChannelsAtHighQuality) {
  for (const Domain& domain : {pixels(), pixels(17, 40), grey(32)})
    for (const char* spec : {"jpeg:quality=95", "webp:quality=95", "resize:size=16"}) {
      if (!in_build(spec)) continue;
      const std::vector<float> rows = smooth_rows(domain, 3);
      const Distortion d =
          measure_distortion(make_codec(spec, domain), ConstRows(rows.data(), 3, domain.values()));
      EXPECT_GT(d.psnr_db, 28) << spec << " on " << name_of(domain);
    }
}

TEST(Pictures, TakeMoreBytesAndHaveASmallerErrorAtHigherQuality) {
  const Domain domain = pixels();
  Rng rng(1);
  const std::vector<float> rows = rows_for(domain, 5, rng);
  const ConstRows view(rows.data(), 5, domain.values());
  if (!in_build("jpeg")) GTEST_SKIP();
  for (const std::string name : {"jpeg", "webp"}) {
    const Distortion low = measure_distortion(make_codec(name + ":quality=10", domain), view),
                     high = measure_distortion(make_codec(name + ":quality=90", domain), view);
    EXPECT_LT(low.mean_entry_bytes, high.mean_entry_bytes / 2) << name;
    EXPECT_GT(low.mse, high.mse) << name;
  }
}

TEST(Jpeg, EntriesAndTheSharedHeaderMakeAWholeFile) {
  if (!in_build("jpeg")) GTEST_SKIP();
  const Domain domain = pixels();
  const Codec codec = make_codec("jpeg:quality=80", domain);
  std::vector<std::uint8_t> file = codec.shared();
  EXPECT_EQ(file[0], 0xff);
  EXPECT_EQ(file[1], 0xd8) << "start of image";
  EXPECT_GT(file.size(), 300u);
  const EntryBatch batch = encode(codec, smooth_rows(domain, 1));
  EXPECT_LT(batch.bytes.size(), 700u);
  EXPECT_EQ(batch.bytes[batch.bytes.size() - 1], 0xd9) << "end of image";
}

// Zeros, ones and damaged codes in the middle of a scan change what follows: libturbojpeg notices when the
// scan ends early or late. A changed coefficient goes unnoticed; FORMAT.md says so.
TEST(Jpeg, AScanThatEndsEarlyOrLateIsRefused) {
  if (!in_build("jpeg")) GTEST_SKIP();
  const Domain domain = pixels();
  const Codec codec = make_codec("jpeg:quality=80", domain);
  const std::vector<std::uint8_t> good = encode(codec, smooth_rows(domain, 1)).bytes;
  std::vector<std::uint8_t> shorter = good, longer = good, marker = good;
  shorter.erase(shorter.begin() + 20, shorter.end() - 2);
  longer.insert(longer.end() - 2, 30, 0x55);
  marker[30] = 0xff;
  marker[31] = 0xd0;
  for (const auto& bytes : {shorter, longer, marker})
    EXPECT_THROW(decode(codec, {{bytes.data(), bytes.size()}}), CorruptEntry);
}

TEST(Webp, AFileOfAnotherPictureSizeIsRefused) {
  if (!in_build("webp")) GTEST_SKIP();
  const std::vector<std::uint8_t> other =
      encode(make_codec("webp:quality=50", pixels(16, 16)), smooth_rows(pixels(16, 16), 1)).bytes;
  const Codec codec = make_codec("webp:quality=50", pixels());
  EXPECT_THROW(decode(codec, {{other.data(), other.size()}}), CorruptEntry);
}

TEST(Resize, AveragesAreasDownAndInterpolatesUp) {
  Domain domain = grey(4);
  domain.mean = {0, 0, 0};
  domain.std = {1, 1, 1};
  std::vector<float> row;
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 4; ++x)
      row.push_back(static_cast<float>(40 * (x / 2) + 100 * (y / 2) + 2 * (x % 2)) / 255.0f);
  const Codec codec = make_codec("resize:size=2", domain);
  const EntryBatch batch = encode(codec, row);
  EXPECT_EQ(batch.bytes, (std::vector<std::uint8_t>{1, 41, 101, 141}));
  const std::vector<float> large = decode(codec, views(batch));
  // Along the first line: 1, 1 + 40/4, 1 + 3 40/4, 41.
  const int line[] = {1, 11, 31, 41};
  for (std::size_t x = 0; x < 4; ++x)
    EXPECT_EQ(large[x], normalised_pixel(static_cast<std::uint8_t>(line[x]), 0, 1)) << x;
  EXPECT_EQ(make_codec("resize:size=16", pixels()).entry_bytes(), 3 * 16 * 16);
}

}  // namespace
}  // namespace packrat
