// Matrix products of the autoencoders: 64 rows by one panel of the right factor; items are multiply-adds.
#include <fmt/format.h>

#include "bench/kernels/block.h"
#include "bench/kernels/measure.h"
#include "bench/kernels/rows.h"
#include "bench/kernels/tiers.h"

namespace packrat::bench {
namespace {

struct Product {
  Product(std::int64_t inner_, std::int64_t columns_)
      : inner(inner_), columns(columns_), a(relu_map(kRows * inner, 4)), b(relu_map(inner * columns, 5)) {
    for (std::int64_t i = 0; i < kRows; ++i) row.push_back(i * inner);
    for (std::int64_t k = 0; k < inner; ++k) column.push_back(k);
    out.resize(static_cast<std::size_t>(kRows * columns));
    expected = out;
    multiply_add(kernels::kernels_for(kernels::Isa::kScalar), expected);
  }
  void multiply_add(const kernels::KernelTable& kernel, std::vector<float>& to) const {
    const kernels::OffsetMatrix left{a.data(), row.data(), column.data(), kRows, inner};
    kernel.multiply_add(left, b.data(), columns, to.data(), columns);
  }
  static constexpr std::int64_t kRows = 64;
  std::int64_t inner, columns;
  std::vector<float> a, b, out, expected;
  std::vector<std::int64_t> row, column;
};

void add_product(std::int64_t inner, std::int64_t columns) {
  for_each_tier([&](const std::string& tier, const kernels::KernelTable& kernel) {
    const auto product = std::make_shared<Product>(inner, columns);
    add_benchmark(
        row_name("l1", fmt::format("multiply_add_{}x{}", inner, columns), tier, inner * columns),
        Product::kRows * inner * columns, [=, &kernel] { product->multiply_add(kernel, product->out); },
        [=] { return product->out == product->expected; });
  });
}

}  // namespace

void add_products() {
  for (const std::int64_t columns : {32, 16, 12, 3}) add_product(1024, columns);
  add_product(27, 16);
}

}  // namespace packrat::bench
