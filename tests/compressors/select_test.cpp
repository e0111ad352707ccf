#include "compressors/kernels/select.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/compressors/testing.h"

namespace packrat {
namespace {

using testing::GuardedBuffer;

std::vector<std::uint16_t> select(const std::vector<float>& x, std::int64_t kept) {
  std::vector<std::uint32_t> scratch(2 * x.size());
  std::vector<std::uint16_t> at(static_cast<std::size_t>(kept));
  kernels::select_largest(x.data(), static_cast<std::int64_t>(x.size()), kept, scratch.data(), at.data());
  return at;
}

struct Distribution {
  const char* name;
  std::function<float(Rng&)> draw;
};
const std::vector<Distribution> kDistributions{
    {"normal", [](Rng& rng) { return static_cast<float>(rng.normal()); }},
    {"relu", [](Rng& rng) { return std::max(0.0f, static_cast<float>(rng.normal())); }},
    {"all equal", [](Rng&) { return -1.5f; }},
    {"few values", [](Rng& rng) { return static_cast<float>(rng.below(4)) - 1.0f; }},
    {"both zeros", [](Rng& rng) { return rng.below(2) == 0 ? 0.0f : -0.0f; }},
    {"close together", [](Rng& rng) { return 1.0f + static_cast<float>(rng.below(8)) * 0x1p-23f; }},
    {"tiny and huge",
     [](Rng& rng) { return static_cast<float>(rng.normal()) * (rng.below(2) == 0 ? 1e-42f : 3e37f); }}};

TEST(SelectLargest, EqualsSortingForEveryDistributionLengthAndNumberKept) {
  Rng rng(1);
  for (const Distribution& distribution : kDistributions)
    for (std::int64_t n : {1, 2, 3, 5, 16, 100, 512, 1000, 1024, 3072}) {
      std::vector<float> x(static_cast<std::size_t>(n));
      for (float& v : x) v = distribution.draw(rng);
      for (std::int64_t kept : {std::int64_t{1}, n / 20, n / 10, n / 2, n - 1, n}) {
        if (kept < 1) continue;
        std::vector<std::uint16_t> expected(static_cast<std::size_t>(kept));
        kernels::reference::select_largest(x.data(), n, kept, expected.data());
        ASSERT_EQ(select(x, kept), expected) << distribution.name << ", keeps " << kept << " of " << n;
      }
    }
}

TEST(SelectLargest, DeletesTheLowerOfEqualCoordinatesFirst) {
  EXPECT_EQ(select({5, 1, 5, 5, 0}, 2), (std::vector<std::uint16_t>{2, 3}));
  EXPECT_EQ(select({0.0f, -0.0f, 0.0f, -0.0f}, 3), (std::vector<std::uint16_t>{1, 2, 3}));
  EXPECT_EQ(select({-3, -1, -2, -1}, 1), (std::vector<std::uint16_t>{3}));
}

TEST(SelectLargest, ReachesTheGreatestLength) {
  std::vector<float> x(65536, 1.0f);
  x[65535] = 0.0f;
  const auto at = select(x, 65535);
  EXPECT_EQ(at.front(), 0);
  EXPECT_EQ(at.back(), 65534);
  EXPECT_EQ(select(x, 65536).back(), 65535);
}

TEST(SelectLargest, NothingOutsideTheBuffersIsTouched) {
  Rng rng(2);
  for (auto guard : {GuardedBuffer::Guard::kAfter, GuardedBuffer::Guard::kBefore})
    for (std::int64_t n : {1, 7, 100, 1024})
      for (std::int64_t kept : {std::int64_t{1}, n / 2 + 1, n}) {
        const auto x = testing::relu_like(n, rng);
        const GuardedBuffer in(4 * x.size(), guard), scratch(8 * x.size(), guard);
        const GuardedBuffer at(2 * static_cast<std::size_t>(kept), guard);
        std::memcpy(in.bytes(), x.data(), 4 * x.size());
        auto* coordinates = reinterpret_cast<std::uint16_t*>(at.bytes());
        kernels::select_largest(in.floats(), n, kept, reinterpret_cast<std::uint32_t*>(scratch.bytes()),
                                coordinates);
        EXPECT_TRUE(kernels::is_selection(coordinates, kept, n));
      }
}

TEST(IsSelection, WantsStrictlyAscendingCoordinatesBelowTheLength) {
  const auto is_selection = [](std::vector<std::uint16_t> at, std::int64_t n) {
    return kernels::is_selection(at.data(), static_cast<std::int64_t>(at.size()), n);
  };
  EXPECT_TRUE(is_selection({0, 1, 9}, 10));
  EXPECT_TRUE(is_selection({65535}, 65536));
  EXPECT_FALSE(is_selection({0, 1, 10}, 10));
  EXPECT_FALSE(is_selection({1, 1}, 10));
  EXPECT_FALSE(is_selection({2, 1, 3}, 10));
  EXPECT_FALSE(is_selection({12, 3}, 10));
  EXPECT_FALSE(is_selection({0, 1, 2}, 2));
}

}  // namespace
}  // namespace packrat
