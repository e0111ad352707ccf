#include "compressors/kernels/rans.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/compressors/testing.h"

namespace packrat {
namespace {

using namespace packrat::testing;  // NOLINT: the helpers of this folder
using Bytes = std::vector<std::uint8_t>;

/// Random frequencies, some of them 1, for a number of symbols.
struct OwnedTable {
  OwnedTable(int symbols_, int precision_, Rng& rng) : precision(precision_) {
    const int all = 1 << precision;
    int start = 0;
    for (int s = 0; s < symbols_; ++s) {
      const int most = all - start - (symbols_ - 1 - s);  // the others need at least 1 each
      const int frequency =
          s + 1 == symbols_
              ? most
              : 1 + static_cast<int>(rng.below(static_cast<std::uint64_t>(most) / 2 + 1)) % most;
      symbols.push_back({static_cast<std::uint16_t>(frequency), static_cast<std::uint16_t>(start)});
      symbol_at.insert(symbol_at.end(), static_cast<std::size_t>(frequency), static_cast<std::uint8_t>(s));
      start += frequency;
    }
  }
  kernels::RansTable view() const { return {precision, symbols.data(), symbol_at.data()}; }

  int precision;
  std::vector<kernels::RansSymbol> symbols;
  Bytes symbol_at;
};

/// A model of n symbols over tables of many sizes, and sequences drawn from it.
struct RansExample {
  RansExample(std::int64_t n, Rng& rng) {
    for (const auto& [symbols, precision] :
         {std::pair{2, 1}, {2, 12}, {16, 12}, {5, 8}, {256, 14}, {256, 15}, {200, 8}})
      tables.emplace_back(symbols, precision, rng);
    for (const OwnedTable& table : tables) views.push_back(table.view());
    for (std::int64_t i = 0; i < n; ++i)
      table_of.push_back(static_cast<std::uint8_t>(rng.below(tables.size())));
  }
  kernels::RansModel model() const {
    return {views.data(), table_of.data(), static_cast<std::int64_t>(table_of.size())};
  }
  Bytes draw(Rng& rng) const {
    Bytes symbols;
    for (const std::uint8_t t : table_of)
      symbols.push_back(tables[t].symbol_at[rng.below(tables[t].symbol_at.size())]);
    return symbols;
  }
  double bits(const Bytes& symbols) const {
    double sum = 0;
    for (std::size_t i = 0; i < symbols.size(); ++i)
      sum += tables[table_of[i]].precision - std::log2(tables[table_of[i]].symbols[symbols[i]].frequency);
    return sum;
  }
  Bytes encode(const Bytes& symbols) const {
    Bytes stream(static_cast<std::size_t>(kernels::rans_bound(model().symbols)));
    const std::int64_t size = kernels::rans_encode(model(), symbols.data(), stream.data() + stream.size());
    return {stream.end() - size, stream.end()};
  }

  std::vector<OwnedTable> tables;
  std::vector<kernels::RansTable> views;
  Bytes table_of;
};

using Decode = void (*)(const kernels::RansModel&, kernels::RansStream*, std::int64_t);

/// What came out of each stream, with a last byte that says whether it is good. Streams end at forbidden
/// pages.
std::vector<Bytes> decoded(const RansExample& example, const std::vector<Bytes>& streams, Decode decode) {
  const auto n = static_cast<std::size_t>(example.model().symbols);
  std::vector<std::unique_ptr<GuardedBuffer>> inputs, outputs;
  std::vector<kernels::RansStream> views;
  for (const Bytes& stream : streams) {
    inputs.push_back(std::make_unique<GuardedBuffer>(stream.size(), GuardedBuffer::Guard::kAfter));
    outputs.push_back(std::make_unique<GuardedBuffer>(n, GuardedBuffer::Guard::kAfter));
    std::copy(stream.begin(), stream.end(), inputs.back()->bytes());
    views.push_back(
        {inputs.back()->bytes(), static_cast<std::int64_t>(stream.size()), outputs.back()->bytes(), false});
  }
  decode(example.model(), views.data(), static_cast<std::int64_t>(views.size()));
  std::vector<Bytes> all;
  for (const kernels::RansStream& view : views) {
    all.emplace_back(view.symbols, view.symbols + n);
    all.back().push_back(view.good);
  }
  return all;
}

TEST(Rans, GivesBackWhatWasWrittenAtEveryLengthAndNumberOfStreams) {
  Rng rng(1);
  for (std::int64_t n : {0, 1, 2, 3, 7, 8, 9, 31, 100, 1024, 3000})
    for (std::size_t count : {1, 7, 8, 9, 17}) {
      const RansExample example(n, rng);
      std::vector<Bytes> symbols, streams;
      for (std::size_t i = 0; i < count; ++i) {
        symbols.push_back(example.draw(rng));
        streams.push_back(example.encode(symbols.back()));
        symbols.back().push_back(true);
      }
      ASSERT_EQ(decoded(example, streams, kernels::rans_decode), symbols)
          << n << " symbols, " << count << " streams";
      ASSERT_EQ(decoded(example, streams, kernels::reference::rans_decode), symbols) << n;
    }
}

TEST(Rans, TakesThreeBytesMoreThanTheSymbolsDeserveAtMost) {
  Rng rng(2);
  for (std::int64_t n : {0, 1, 10, 100, 1000, 10000}) {
    const RansExample example(n, rng);
    for (int trial = 0; trial < 20; ++trial) {
      const Bytes symbols = example.draw(rng);
      const double bits = example.bits(symbols),
                   taken = 8.0 * static_cast<double>(example.encode(symbols).size());
      EXPECT_GE(taken, bits) << n;
      EXPECT_LE(taken, 1.002 * bits + 24)
          << n;  // a state of 16 bits above the symbols' own, and what it lacks to bytes
    }
  }
}

TEST(Rans, TruncatedAndOverLongStreamsAreNeverGood) {
  Rng rng(3);
  for (std::int64_t n : {1, 20, 300}) {
    const RansExample example(n, rng);
    const Bytes good = example.encode(example.draw(rng));
    std::vector<Bytes> damaged;
    for (std::size_t size = 0; size < good.size(); ++size)
      damaged.emplace_back(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
    for (int extra = 0; extra < 20; ++extra) {
      damaged.push_back(good);
      damaged.back().resize(good.size() + static_cast<std::size_t>(extra) + 1,
                            static_cast<std::uint8_t>(13 * extra));
    }
    for (const Bytes& result : decoded(example, damaged, kernels::rans_decode))
      EXPECT_EQ(result.back(), false) << n;
  }
}

TEST(Rans, TheFastFormReadsDamageAsTheReferenceDoes) {
  Rng rng(4);
  for (std::int64_t n : {5, 64, 1024}) {
    const RansExample example(n, rng);
    std::vector<Bytes> streams;
    for (int trial = 0; trial < 200; ++trial) {
      Bytes stream = example.encode(example.draw(rng));
      if (trial % 3 == 0)
        for (std::uint8_t& byte : stream) byte = static_cast<std::uint8_t>(rng.next());
      else
        stream[rng.below(stream.size())] ^= static_cast<std::uint8_t>(1 + rng.below(255));
      if (trial % 5 == 0) stream.resize(rng.below(stream.size() + 1));
      streams.push_back(stream);
    }
    EXPECT_EQ(decoded(example, streams, kernels::rans_decode),
              decoded(example, streams, kernels::reference::rans_decode))
        << n;
  }
}

}  // namespace
}  // namespace packrat
