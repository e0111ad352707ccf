#include "compressors/pooling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/error.h"

namespace packrat {
namespace {

std::string refusal_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const UserError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(Pooling, AveragesTheWindowsOfEveryChannel) {
  // Two maps of 2 channels of 2x4.
  std::vector<float> in;
  for (int i = 0; i < 32; ++i) in.push_back(static_cast<float>(i * i));
  const std::array<std::int64_t, 3> shape{2, 2, 4};
  for (const auto& [height, width] : {std::pair{1, 1}, {1, 2}, {2, 1}, {2, 2}, {1, 4}, {2, 4}}) {
    const Pooling pooling{height, width};
    const auto pooled = pooled_shape(pooling, shape, "pool");
    EXPECT_EQ(pooled, (std::array<std::int64_t, 3>{2, height, width}));
    const std::int64_t values = 2 * height * width;
    std::vector<float> out(static_cast<std::size_t>(2 * values), -1);
    pool_rows(pooling, shape, {in.data(), 2, 16}, {out.data(), 2, values});
    for (int map = 0; map < 4; ++map)
      for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
          double sum = 0;
          int count = 0;
          for (int v = 0; v < 2; ++v)
            for (int u = 0; u < 4; ++u)
              if (v * height / 2 == y && u * width / 4 == x) sum += in[map * 8 + v * 4 + u], ++count;
          EXPECT_FLOAT_EQ(out[map * height * width + y * width + x], sum / count)
              << pooling.text() << ", map " << map << ", " << y << " " << x;
        }
  }
}

TEST(Pooling, OfAllPositionsCopies) {
  const std::vector<float> in{1, 2, 3, 4};
  std::vector<float> out(4);
  pool_rows({}, {1, 2, 2}, {in.data(), 1, 4}, {out.data(), 1, 4});
  EXPECT_EQ(out, in);
  EXPECT_EQ(pooled_shape({}, {1, 2, 2}, "pool"), (std::array<std::int64_t, 3>{1, 2, 2}));
}

TEST(Pooling, IsReadBackFromItsText) {
  for (const char* text : {"none", "1x1", "1x2", "16x4"})
    EXPECT_EQ(parse_pooling(text, "--pool").text(), text);
  for (const char* text : {"", "1", "x2", "1x", "0x1", "-1x1", "1x2x3", "1X2", "1x2 ", "99999x1", "all"})
    EXPECT_THAT(refusal_of([&] { parse_pooling(text, "--pool"); }),
                ::testing::StartsWith("--pool is '" + std::string(text) + "': give the rows and columns"));
  EXPECT_THAT(refusal_of([] {
                pooled_shape({1, 3}, {8, 2, 2}, "--pool");
              }),
              ::testing::HasSubstr("--pool is 1x3, which does not divide maps of 2x2"));
}

}  // namespace
}  // namespace packrat
