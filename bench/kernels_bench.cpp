// Values per second of the inner loops, width by width, data in L1. Every benchmark checks its answer before
// it times.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/kernel_table.h"
#include "compressors/kernels/quantize.h"
#include "compressors/kernels/select.h"
#include "engine/core/rng.h"

namespace packrat {
namespace {

constexpr std::int64_t kValues = 1024;

std::vector<float> relu_map(std::int64_t n, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<float> x(static_cast<std::size_t>(n));
  for (float& v : x) v = std::max(0.0f, static_cast<float>(rng.normal()));
  return x;
}

// What every benchmark of codes works on: n values, their quantizer, codes and packed codes.
struct Block {
  explicit Block(int bits, std::int64_t n = kValues) : width(bits), x(relu_map(n, 1)) {
    const kernels::ValueRange range = kernels::value_range(x.data(), n);
    quantizer = kernels::make_uniform_quantizer(range.lo, range.hi, 1 << width);
    codes.resize(x.size());
    out.resize(x.size());
    packed.resize(static_cast<std::size_t>(kernels::packed_bytes(n, width)));
    kernels::reference::quantize_pack(x.data(), n, quantizer, packed.data());
    kernels::reference::unpack(packed.data(), n, width, codes.data());
  }
  int width;
  std::vector<float> x, out;
  std::vector<std::uint8_t> codes, packed;
  kernels::UniformQuantizer quantizer;
};

// Runs `work` once, lets `right` look at the result, and only then times it.
template <class Work, class Right>
void time_checked(benchmark::State& state, std::int64_t values, const Work& work, const Right& right) {
  work();
  if (!right()) {
    state.SkipWithError("the answer differs from the reference");
    return;
  }
  for (auto _ : state) {
    work();
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * values);
}

using PackFn = void (*)(const std::uint8_t*, std::int64_t, int, std::uint8_t*);

void pack(benchmark::State& state, PackFn kernel) {
  const Block block(static_cast<int>(state.range(0)));
  std::vector<std::uint8_t> packed(block.packed.size());
  time_checked(
      state, kValues, [&] { kernel(block.codes.data(), kValues, block.width, packed.data()); },
      [&] { return packed == block.packed; });
}

void unpack(benchmark::State& state, PackFn kernel) {
  const Block block(static_cast<int>(state.range(0)));
  std::vector<std::uint8_t> codes(block.codes.size());
  time_checked(
      state, kValues, [&] { kernel(block.packed.data(), kValues, block.width, codes.data()); },
      [&] { return codes == block.codes; });
}

using QuantizeFn = void (*)(const float*, std::int64_t, const kernels::UniformQuantizer&, std::uint8_t*);

void quantize_pack(benchmark::State& state, QuantizeFn kernel) {
  const Block block(static_cast<int>(state.range(0)));
  std::vector<std::uint8_t> packed(block.packed.size());
  time_checked(
      state, kValues, [&] { kernel(block.x.data(), kValues, block.quantizer, packed.data()); },
      [&] { return packed == block.packed; });
}

using DequantizeFn = void (*)(const std::uint8_t*, std::int64_t, const kernels::UniformQuantizer&, float*);

void unpack_dequantize(benchmark::State& state, DequantizeFn kernel) {
  Block block(static_cast<int>(state.range(0)));
  std::vector<float> expected(block.x.size());
  kernels::reference::unpack_dequantize(block.packed.data(), kValues, block.quantizer, expected.data());
  time_checked(
      state, kValues, [&] { kernel(block.packed.data(), kValues, block.quantizer, block.out.data()); },
      [&] { return std::memcmp(block.out.data(), expected.data(), 4 * expected.size()) == 0; });
}

// A fixed range: the table of levels is there already.
void unpack_lookup(benchmark::State& state) {
  Block block(static_cast<int>(state.range(0)));
  std::vector<float> expected(block.x.size()), table(std::size_t{1} << block.width);
  kernels::fill_levels(block.quantizer, table.data());
  kernels::reference::unpack_dequantize(block.packed.data(), kValues, block.quantizer, expected.data());
  time_checked(
      state, kValues,
      [&] {
        kernels::unpack_lookup(block.packed.data(), kValues, block.width, table.data(), block.out.data());
      },
      [&] { return block.out == expected; });
}

void value_range(benchmark::State& state) {
  const std::vector<float> x = relu_map(kValues, 2);
  kernels::ValueRange range{};
  time_checked(
      state, kValues,
      [&] {
        range = kernels::value_range(x.data(), kValues);
        benchmark::DoNotOptimize(range);
      },
      [&] {
        const auto [lo, hi] = std::minmax_element(x.begin(), x.end());
        return range.lo == *lo && range.hi == *hi;
      });
}

// Many maps in turn, so that branch prediction cannot learn one of them by heart.
constexpr std::int64_t kMaps = 256;

// range(0): values a map; range(1): how many in 1000 are deleted.
void select_largest(benchmark::State& state) {
  const std::int64_t n = state.range(0), kept = n - n * state.range(1) / 1000;
  const std::vector<float> maps = relu_map(kMaps * n, 3);
  std::vector<std::uint32_t> scratch(static_cast<std::size_t>(2 * n));
  std::vector<std::uint16_t> at(static_cast<std::size_t>(kept)), expected(at.size());
  bool right = true;
  for (std::int64_t m = 0; m < kMaps; ++m) {
    kernels::reference::select_largest(maps.data() + m * n, n, kept, expected.data());
    kernels::select_largest(maps.data() + m * n, n, kept, scratch.data(), at.data());
    right = right && at == expected;
  }
  std::int64_t map = 0;
  time_checked(
      state, n,
      [&] { kernels::select_largest(maps.data() + (map++ % kMaps) * n, n, kept, scratch.data(), at.data()); },
      [&] { return right; });
}

// The peer: std::nth_element on a copy of the values, which finds the threshold but no coordinates.
void nth_element(benchmark::State& state) {
  const std::int64_t n = state.range(0), kept = n - n * state.range(1) / 1000;
  const std::vector<float> maps = relu_map(kMaps * n, 3);
  std::vector<float> copy(maps.begin(), maps.begin() + n), sorted = copy;
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  std::int64_t map = 0;
  time_checked(
      state, n,
      [&] {
        std::memcpy(copy.data(), maps.data() + (map++ % kMaps) * n, copy.size() * sizeof(float));
        std::nth_element(copy.begin(), copy.begin() + kept - 1, copy.end(), std::greater<>());
      },
      [&] {
        const auto nth = static_cast<std::size_t>(kept - 1);
        return copy[nth] == sorted[nth];
      });
}

// 64 rows by one panel of the right factor; items are products.
void multiply_add(benchmark::State& state, kernels::Isa isa) {
  const std::int64_t rows = 64, inner = state.range(0), columns = state.range(1);
  const std::vector<float> a = relu_map(rows * inner, 4), b = relu_map(inner * columns, 5);
  std::vector<std::int64_t> row, column;
  for (std::int64_t i = 0; i < rows; ++i) row.push_back(i * inner);
  for (std::int64_t k = 0; k < inner; ++k) column.push_back(k);
  const kernels::OffsetMatrix left{a.data(), row.data(), column.data(), rows, inner};
  std::vector<float> out(static_cast<std::size_t>(rows * columns), 0.0f), expected = out;
  kernels::kernels_for(kernels::Isa::kScalar).multiply_add(left, b.data(), columns, expected.data(), columns);
  const kernels::KernelTable& tier = kernels::kernels_for(isa);
  time_checked(
      state, rows * inner * columns, [&] { tier.multiply_add(left, b.data(), columns, out.data(), columns); },
      [&] { return out == expected; });
}

void products(benchmark::internal::Benchmark* b) {
  b->ArgNames({"inner", "columns"});
  for (int columns : {32, 16, 12, 3}) b->Args({1024, columns});
  b->Args({27, 16});
}

void widths(benchmark::internal::Benchmark* b) {
  b->ArgName("width")->DenseRange(1, kernels::kMaxWidth);
}
void selections(benchmark::internal::Benchmark* b) {
  b->ArgNames({"n", "deleted_per_mille"});
  for (int n : {512, 1024, 3072})
    for (int deleted : {500, 900, 950}) b->Args({n, deleted});
}

BENCHMARK_CAPTURE(pack, reference, kernels::reference::pack)->Apply(widths);
BENCHMARK_CAPTURE(pack, words, kernels::pack)->Apply(widths);
BENCHMARK_CAPTURE(unpack, reference, kernels::reference::unpack)->Apply(widths);
BENCHMARK_CAPTURE(unpack, words, kernels::unpack)->Apply(widths);
BENCHMARK_CAPTURE(quantize_pack, reference, kernels::reference::quantize_pack)->Apply(widths);
BENCHMARK_CAPTURE(quantize_pack, words, kernels::quantize_pack)->Apply(widths);
BENCHMARK_CAPTURE(unpack_dequantize, reference, kernels::reference::unpack_dequantize)->Apply(widths);
BENCHMARK_CAPTURE(unpack_dequantize, words, kernels::unpack_dequantize)->Apply(widths);
BENCHMARK(unpack_lookup)->Apply(widths);
BENCHMARK(value_range);
BENCHMARK(select_largest)->Apply(selections);
BENCHMARK(nth_element)->Apply(selections);
BENCHMARK_CAPTURE(multiply_add, scalar, kernels::Isa::kScalar)->Apply(products);
BENCHMARK_CAPTURE(multiply_add, active, kernels::active_isa())->Apply(products);

}  // namespace
}  // namespace packrat

BENCHMARK_MAIN();
