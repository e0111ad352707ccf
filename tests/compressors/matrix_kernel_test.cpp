// Matrix products on every tier: the bits of the definition at every ragged size, and not a byte beside the
// buffers.
#include <gtest/gtest.h>

#include "compressors/kernels/kernel_table.h"
#include "tests/compressors/testing.h"

namespace packrat {
namespace {

using testing::GuardedBuffer;

class MatrixKernel : public ::testing::TestWithParam<std::tuple<kernels::Isa, GuardedBuffer::Guard>> {
 protected:
  const kernels::KernelTable& kernel() const { return kernels::kernels_for(std::get<0>(GetParam())); }
  GuardedBuffer buffer(std::int64_t floats) const {
    return {static_cast<std::size_t>(4 * floats), std::get<1>(GetParam())};
  }
};
INSTANTIATE_TEST_SUITE_P(Tiers, MatrixKernel,
                         ::testing::Combine(::testing::ValuesIn(kernels::available_isas()),
                                            ::testing::Values(GuardedBuffer::Guard::kAfter,
                                                              GuardedBuffer::Guard::kBefore)),
                         [](const auto& tier) {
                           const bool after = std::get<1>(tier.param) == GuardedBuffer::Guard::kAfter;
                           return kernels::isa_name(std::get<0>(tier.param)) +
                                  std::string(after ? "_after" : "_before");
                         });

std::vector<std::int64_t> steps(std::int64_t count, std::int64_t step) {
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i < count; ++i) all.push_back(i * step);
  return all;
}

void fill(const GuardedBuffer& buffer, std::int64_t count, Rng& rng) {
  for (std::int64_t i = 0; i < count; ++i) buffer.floats()[i] = static_cast<float>(rng.normal());
}

TEST_P(MatrixKernel, AddsProductsInTheOrderOfTheInnerIndexAtEverySize) {
  Rng rng(30);
  for (const std::int64_t rows : {1, 2, 5, 6, 7, 8, 9, 17})
    for (std::int64_t width = 1; width <= kernels::kPanelColumns; ++width)
      for (const std::int64_t inner : {1, 3, 127, 128, 129, 300}) {
        const bool transposed = width % 2 == 0;
        const auto row = steps(rows, transposed ? 1 : inner), column = steps(inner, transposed ? rows : 1);
        const GuardedBuffer a = buffer(rows * inner), b = buffer(inner * width), out = buffer(rows * width);
        fill(a, rows * inner, rng);
        fill(b, inner * width, rng);
        fill(out, rows * width, rng);
        std::vector<float> expected(out.floats(), out.floats() + rows * width);
        for (std::int64_t i = 0; i < rows; ++i)
          for (std::int64_t j = 0; j < width; ++j)
            for (std::int64_t k = 0; k < inner; ++k) {
              const float product =
                  a.floats()[row[static_cast<std::size_t>(i)] + column[static_cast<std::size_t>(k)]] *
                  b.floats()[k * width + j];
              expected[static_cast<std::size_t>(i * width + j)] += product;
            }
        kernel().multiply_add({a.floats(), row.data(), column.data(), rows, inner}, b.floats(), width,
                              out.floats(), width);
        ASSERT_EQ(std::memcmp(out.floats(), expected.data(), expected.size() * 4), 0)
            << rows << " x " << inner << " by " << inner << " x " << width;
      }
}

TEST_P(MatrixKernel, LeavesWhatStandsBetweenRowsOfTheOutput) {
  const std::int64_t rows = 7, inner = 4, width = 19, stride = 23;
  const std::vector<float> a(static_cast<std::size_t>(rows * inner), 1),
      b(static_cast<std::size_t>(inner * width), 1);
  std::vector<float> out(static_cast<std::size_t>(rows * stride), 2);
  const auto row = steps(rows, inner), column = steps(inner, 1);
  kernel().multiply_add({a.data(), row.data(), column.data(), rows, inner}, b.data(), width, out.data(),
                        stride);
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < stride; ++j)
      ASSERT_EQ(out[static_cast<std::size_t>(i * stride + j)], j < width ? 6 : 2) << i << ", " << j;
}

TEST(Panels, HoldEveryElementOnceAndTransposeWithTheStepsSwapped) {
  const std::int64_t rows = 3, columns = 70;
  std::vector<float> plain;
  for (std::int64_t i = 0; i < rows * columns; ++i) plain.push_back(static_cast<float>(i));
  std::vector<float> panels(plain.size()), back(plain.size(), -1);
  kernels::pack_panels(plain.data(), columns, 1, rows, columns, panels.data());
  EXPECT_EQ(panels[0], 0);
  EXPECT_EQ(panels[32], static_cast<float>(columns)) << "row 1 of panel 0";
  EXPECT_EQ(panels[static_cast<std::size_t>(64 * rows + 6)], static_cast<float>(columns + 64))
      << "row 1 of panel 2";
  kernels::pack_panels(plain.data(), 1, columns, columns, rows, back.data());
  for (std::int64_t k = 0; k < columns; ++k)
    for (std::int64_t j = 0; j < rows; ++j)
      ASSERT_EQ(back[static_cast<std::size_t>(k * rows + j)],
                plain[static_cast<std::size_t>(j * columns + k)]);
}

TEST(Products, OfManyPanelsEqualThoseOfOneColumnAtATime) {
  Rng rng(31);
  const std::int64_t rows = 5, inner = 40, columns = 75;
  const std::vector<float> a = testing::normal_values(rows * inner, rng),
                           b = testing::normal_values(inner * columns, rng);
  const auto row = steps(rows, inner), column = steps(inner, 1);
  const kernels::OffsetMatrix left{a.data(), row.data(), column.data(), rows, inner};
  std::vector<float> panels(b.size()), out(static_cast<std::size_t>(rows * columns), 0.5f), in_panels(out),
      packed(out);
  kernels::pack_panels(b.data(), columns, 1, inner, columns, panels.data());
  kernels::multiply_add(left, panels.data(), columns, out.data(), columns);
  for (std::int64_t j = 0; j < columns; ++j) {
    std::vector<float> one(static_cast<std::size_t>(inner)), sum(static_cast<std::size_t>(rows), 0.5f);
    kernels::pack_panels(b.data() + j, columns, 1, inner, 1, one.data());
    kernels::multiply_add(left, one.data(), 1, sum.data(), 1);
    for (std::int64_t i = 0; i < rows; ++i)
      ASSERT_EQ(out[static_cast<std::size_t>(i * columns + j)], sum[static_cast<std::size_t>(i)])
          << i << ", " << j;
  }
  kernels::multiply_add_panels(left, panels.data(), columns, in_panels.data());
  kernels::pack_panels(out.data(), columns, 1, rows, columns, packed.data());
  EXPECT_EQ(in_panels, packed);
}

}  // namespace
}  // namespace packrat
