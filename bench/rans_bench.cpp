// Symbols per second of the entropy coder's kernel: the codes of 64 maps after a ReLU, a few streams at a
// time in L1.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "compressors/kernels/rans.h"
#include "engine/core/rng.h"

namespace packrat {
namespace {

constexpr std::int64_t kSymbols = 1024, kStreams = 64;
constexpr int kPrecision = 12;

/// Sixteen codes, two fifths of them 0, of the rest two fifths 1, and so on; and the streams of maps drawn
/// from them.
struct Maps {
  Maps() : table_of(kSymbols), symbols(kStreams * kSymbols), out(kStreams * kSymbols) {
    int start = 0;
    for (int s = 0; s < 16; ++s) {
      const int left = (1 << kPrecision) - start, frequency = s == 15 ? left : left * 2 / 5;
      table_symbols.push_back({static_cast<std::uint16_t>(frequency), static_cast<std::uint16_t>(start)});
      symbol_at.insert(symbol_at.end(), static_cast<std::size_t>(frequency), static_cast<std::uint8_t>(s));
      start += frequency;
    }
    table = {kPrecision, table_symbols.data(), symbol_at.data()};
    Rng rng(1);
    for (std::uint8_t& symbol : symbols) symbol = symbol_at[rng.below(symbol_at.size())];
    for (std::int64_t i = 0; i < kStreams; ++i) streams.push_back(encode(i));
  }

  kernels::RansModel model() const { return {&table, table_of.data(), kSymbols}; }
  std::vector<std::uint8_t> encode(std::int64_t i) const {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(kernels::rans_bound(kSymbols)));
    const std::int64_t size =
        kernels::rans_encode(model(), symbols.data() + i * kSymbols, bytes.data() + bytes.size());
    return {bytes.end() - size, bytes.end()};
  }
  std::vector<kernels::RansStream> views() {
    std::vector<kernels::RansStream> all;
    for (std::int64_t i = 0; i < kStreams; ++i) {
      const std::vector<std::uint8_t>& stream = streams[static_cast<std::size_t>(i)];
      all.push_back(
          {stream.data(), static_cast<std::int64_t>(stream.size()), out.data() + i * kSymbols, false});
    }
    return all;
  }

  std::vector<kernels::RansSymbol> table_symbols;
  std::vector<std::uint8_t> symbol_at, table_of, symbols, out;
  kernels::RansTable table{};
  std::vector<std::vector<std::uint8_t>> streams;
};

void count(benchmark::State& state) {
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * kStreams * kSymbols);
}

using Decode = void (*)(const kernels::RansModel&, kernels::RansStream*, std::int64_t);

void rans_decode(benchmark::State& state, Decode decode) {
  Maps maps;
  std::vector<kernels::RansStream> views = maps.views();
  decode(maps.model(), views.data(), kStreams);
  if (maps.out != maps.symbols) return state.SkipWithError("the answer differs from what was encoded");
  for (auto _ : state) {
    decode(maps.model(), views.data(), kStreams);
    benchmark::ClobberMemory();
  }
  count(state);
}

void rans_encode(benchmark::State& state) {
  const Maps maps;
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(kernels::rans_bound(kSymbols)));
  for (auto _ : state)
    for (std::int64_t i = 0; i < kStreams; ++i)
      benchmark::DoNotOptimize(kernels::rans_encode(maps.model(), maps.symbols.data() + i * kSymbols,
                                                    bytes.data() + bytes.size()));
  count(state);
}

BENCHMARK_CAPTURE(rans_decode, reference, kernels::reference::rans_decode);
BENCHMARK_CAPTURE(rans_decode, together, kernels::rans_decode);
BENCHMARK(rans_encode);

}  // namespace
}  // namespace packrat
