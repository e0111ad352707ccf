#pragma once
#include <cstdint>
#include <vector>

#include "compressors/codec.h"

namespace packrat {

/// An entry as a sequence of symbols, one byte each: packed codes one by one, everything else byte by byte.
/// Symbols of a kind (codes of a part; the first bytes of its values; ...) are counted together: they share a
/// table.
class SymbolLayout {
 public:
  /// For plain entries made of these pieces, in the order of their bytes.
  explicit SymbolLayout(const std::vector<EntryPart>& pieces);
  /// For any `bytes` bytes, all of one kind.
  static SymbolLayout of_bytes(std::int64_t bytes);

  std::int64_t entry_bytes() const { return entry_bytes_; }
  std::int64_t symbols() const { return static_cast<std::int64_t>(table_of_.size()); }
  std::size_t tables() const { return tables_.size(); }
  /// Symbols of table t are below 2^table_bits(t); at most 8 bits.
  int table_bits(std::size_t t) const { return tables_[t].bits; }
  /// What they are for.
  Part table_part(std::size_t t) const { return tables_[t].part; }
  /// [symbols()]: the table of each.
  const std::vector<std::uint8_t>& table_of() const { return table_of_; }

  /// entry: entry_bytes(); symbols: symbols() bytes.
  void expand(const std::uint8_t* entry, std::uint8_t* symbols) const;
  /// The inverse.
  void contract(const std::uint8_t* symbols, std::uint8_t* entry) const;

 private:
  struct Piece {
    std::int64_t bytes, symbols;
    int code_bits;
  };
  struct Table {
    int bits;
    Part part;
  };
  void add(const EntryPart& part);

  std::vector<Piece> pieces_;
  std::vector<Table> tables_;
  std::vector<std::uint8_t> table_of_;
  std::int64_t entry_bytes_ = 0;
};

/// How often each symbol of each table comes in some entries.
class SymbolCounts {
 public:
  /// None yet, of a layout's tables.
  explicit SymbolCounts(const SymbolLayout& layout);
  /// One entry more; its layout has the same tables.
  void add(const SymbolLayout& layout, const std::uint8_t* symbols);

  const std::vector<std::int64_t>& of_table(std::size_t t) const { return counts_[t]; }
  /// Zeroth-order entropy of the symbols of table t, in bits, all together: what they take at least when each
  /// is written on its own, by a coder that knows these very counts.
  double entropy_bits(std::size_t t) const;

 private:
  std::vector<std::vector<std::int64_t>> counts_;  // by table and symbol
};

}  // namespace packrat
