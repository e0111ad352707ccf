// "entropy:coder=rans": every symbol takes the bits that its frequency deserves (FORMAT.md, "Entropy
// coding").
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "compressors/entropy_coders.h"
#include "compressors/framed_coder.h"
#include "compressors/kernels/rans.h"
#include "compressors/symbol_layout.h"

namespace packrat {
namespace {

using Frequencies = std::vector<std::uint16_t>;

// Frequencies sum to 2^precision: fine enough for the rarest of as many symbols to cost the others nothing.
int precision_of(int symbol_bits) {
  return symbol_bits <= 6 ? 12 : 14;
}

Frequencies uniform(int bits) {
  return Frequencies(std::size_t{1} << bits, static_cast<std::uint16_t>(1 << (precision_of(bits) - bits)));
}

/// The counts scaled to their sum, none of them 0: a symbol that was never seen can still be written.
Frequencies scaled(const std::vector<std::int64_t>& counts, int bits) {
  const double most = 1 << precision_of(bits);
  const auto all = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
  if (all == 0) return uniform(bits);
  Frequencies frequencies;
  int left = 1 << precision_of(bits);
  for (const std::int64_t count : counts) {
    frequencies.push_back(
        static_cast<std::uint16_t>(std::max(1.0, static_cast<double>(count) * most / all + 0.5)));
    left -= frequencies.back();
  }
  // The greatest feels a difference of one least.
  for (; left != 0; left += left < 0 ? 1 : -1)
    *std::max_element(frequencies.begin(), frequencies.end()) += left < 0 ? -1 : 1;
  return frequencies;
}

void write_number(std::uint64_t number, std::vector<std::uint8_t>& out) {
  const std::size_t at = out.size();
  out.resize(at + static_cast<std::size_t>(leb128_bytes(number)));
  write_leb128(&out[at], number);
}

/// Each frequency less 1; where that is 0, the length of the run of such symbols, less 1, follows.
void write_table(const Frequencies& frequencies, std::vector<std::uint8_t>& out) {
  for (auto f = frequencies.begin(); f != frequencies.end();) {
    write_number(*f - 1u, out);
    const auto run_end = std::find_if(f, frequencies.end(), [](int frequency) { return frequency != 1; });
    if (run_end != f) write_number(static_cast<std::uint64_t>(run_end - f - 1), out);
    f = std::max(f + 1, run_end);
  }
}

Frequencies read_table(ByteReader& in, int bits) {
  const std::uint64_t symbols = std::uint64_t{1} << bits, all = std::uint64_t{1} << precision_of(bits);
  Frequencies frequencies;
  std::uint64_t sum = 0;
  while (frequencies.size() < symbols) {
    const std::uint64_t frequency = read_leb128(in) + 1, run = frequency == 1 ? read_leb128(in) + 1 : 1;
    if (run > symbols - frequencies.size() || frequency >= all) break;
    frequencies.insert(frequencies.end(), run, static_cast<std::uint16_t>(frequency));
    sum += run * frequency;
  }
  if (frequencies.size() != symbols || sum != all)
    throw CorruptEntry("the learned frequencies of symbols do not add up");
  return frequencies;
}

std::size_t table_bytes(const Frequencies& frequencies) {
  std::vector<std::uint8_t> bytes;
  write_table(frequencies, bytes);
  return bytes.size();
}

/// Bits that symbols which come so often take.
double coded_bits(const std::vector<std::int64_t>& counts, const Frequencies& frequencies, int bits) {
  double sum = 0;
  for (std::size_t s = 0; s < counts.size(); ++s)
    sum += static_cast<double>(counts[s]) * (precision_of(bits) - std::log2(frequencies[s]));
  return sum;
}

/// Frequencies as the kernel wants them.
struct Table {
  Table(int bits, const Frequencies& frequencies) {
    std::uint16_t start = 0;
    for (const std::uint16_t frequency : frequencies) {
      symbol_at.resize(symbol_at.size() + frequency, static_cast<std::uint8_t>(symbols.size()));
      symbols.push_back({frequency, start});
      start = static_cast<std::uint16_t>(start + frequency);
    }
    precision = precision_of(bits);
  }
  kernels::RansTable view() const { return {precision, symbols.data(), symbol_at.data()}; }

  int precision;
  std::vector<kernels::RansSymbol> symbols;
  std::vector<std::uint8_t> symbol_at;
};

/// Empty, but with its table, where plain entries differ in size.
SymbolLayout layout_of(const Codec& plain) {
  return plain.entry_bytes() ? SymbolLayout(plain.plain_layout()) : SymbolLayout::of_bytes(0);
}

/// Calls use(the layout of a plain entry of that size); `fixed` is that of all entries, where they do not
/// differ.
template <class F>
void with_layout(const SymbolLayout& fixed, std::int64_t bytes, const F& use) {
  if (fixed.entry_bytes() > 0)
    use(fixed);
  else
    use(SymbolLayout::of_bytes(bytes));
}

class RansCoder final : public FramedCoder {
 public:
  /// learned: by table; empty where every symbol is taken for equally likely.
  RansCoder(const Codec& plain, std::vector<Frequencies> learned)
      : FramedCoder(plain), layout_(layout_of(plain)), learned_(std::move(learned)) {
    for (std::size_t t = 0; t < layout_.tables(); ++t) {
      const int bits = layout_.table_bits(t);
      tables_.emplace_back(bits, learned_[t].empty() ? uniform(bits) : learned_[t]);
    }
    for (const Table& table : tables_) views_.push_back(table.view());
  }

  std::string spec() const override { return "entropy:coder=rans"; }
  std::string summary() const override {
    const auto used =
        std::count_if(learned_.begin(), learned_.end(), [](const auto& table) { return !table.empty(); });
    return fmt::format("rANS, {} of {} tables learned", used, learned_.size());
  }
  std::vector<std::uint8_t> shared() const override {
    std::vector<std::uint8_t> bytes;
    for (const Frequencies& table : learned_) {
      bytes.push_back(table.empty() ? 0 : 1);
      write_table(table, bytes);
    }
    return bytes;
  }

 protected:
  void pack(ByteView plain, std::vector<std::uint8_t>& out) const override {
    with_layout(layout_, static_cast<std::int64_t>(plain.size), [&](const SymbolLayout& layout) {
      std::vector<std::uint8_t> symbols(static_cast<std::size_t>(layout.symbols()));
      layout.expand(plain.data, symbols.data());
      std::vector<std::uint8_t> stream(static_cast<std::size_t>(kernels::rans_bound(layout.symbols())));
      const std::int64_t size =
          kernels::rans_encode(model(layout), symbols.data(), stream.data() + stream.size());
      out.insert(out.end(), stream.end() - size, stream.end());
    });
  }

  void unpack(std::vector<Packed>& batch) const override {
    // Entries of one size together; their symbols stay in the cache.
    const std::size_t piece = plain_bytes() ? 8 * kernels::kRansLanes : 1;
    for (std::size_t i = 0; i < batch.size(); i += piece)
      with_layout(layout_, batch[i].size, [&](const SymbolLayout& layout) {
        unpack_together(layout, &batch[i], std::min(piece, batch.size() - i));
      });
  }

 private:
  kernels::RansModel model(const SymbolLayout& layout) const {
    return {views_.data(), layout.table_of().data(), layout.symbols()};
  }

  void unpack_together(const SymbolLayout& layout, Packed* batch, std::size_t count) const {
    const auto n = static_cast<std::size_t>(layout.symbols());
    std::vector<std::uint8_t> symbols(count * n);
    std::vector<kernels::RansStream> streams(count);
    for (std::size_t i = 0; i < count; ++i)
      streams[i] = {batch[i].bytes.data, static_cast<std::int64_t>(batch[i].bytes.size),
                    symbols.data() + i * n, false};
    kernels::rans_decode(model(layout), streams.data(), static_cast<std::int64_t>(count));
    for (std::size_t i = 0; i < count; ++i) {
      batch[i].good = streams[i].good;
      layout.contract(streams[i].symbols, batch[i].plain);
    }
  }

  SymbolLayout layout_;
  std::vector<Frequencies> learned_;
  std::vector<Table> tables_;
  std::vector<kernels::RansTable> views_;
};

SymbolCounts count_symbols(const SymbolLayout& fixed, const EntryBatch& entries) {
  SymbolCounts counts(fixed);
  std::vector<std::uint8_t> symbols;
  for (const ByteView& entry : entries.entries())
    with_layout(fixed, static_cast<std::int64_t>(entry.size), [&](const SymbolLayout& layout) {
      symbols.resize(static_cast<std::size_t>(layout.symbols()));
      layout.expand(entry.data, symbols.data());
      counts.add(layout, symbols.data());
    });
  return counts;
}

}  // namespace

std::vector<std::uint8_t> fit_rans_coder(const Codec& plain, const EntryBatch& train) {
  const SymbolLayout layout = layout_of(plain);
  const SymbolCounts counts = count_symbols(layout, train);
  std::vector<Frequencies> learned;
  for (std::size_t t = 0; t < layout.tables(); ++t) {
    const int bits = layout.table_bits(t);
    const std::vector<std::int64_t>& seen = counts.of_table(t);
    Frequencies table = scaled(seen, bits);
    const double saved_bits = coded_bits(seen, uniform(bits), bits) - coded_bits(seen, table, bits);
    const double saved_bytes = saved_bits / 8 / static_cast<double>(train.count()) * kEntriesToPayFor;
    if (saved_bytes <= static_cast<double>(table_bytes(table))) table.clear();
    learned.push_back(std::move(table));
  }
  return RansCoder(plain, std::move(learned)).shared();
}

std::unique_ptr<EntryCoder> make_rans_coder(const Codec& plain, ByteReader& learned) {
  const SymbolLayout layout = layout_of(plain);
  std::vector<Frequencies> tables(layout.tables());
  for (std::size_t t = 0; t < tables.size(); ++t)
    if (learned.value<std::uint8_t>() != 0) tables[t] = read_table(learned, layout.table_bits(t));
  return std::make_unique<RansCoder>(plain, std::move(tables));
}

}  // namespace packrat
