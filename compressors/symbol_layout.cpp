#include "compressors/symbol_layout.h"

#include <cmath>
#include <cstring>
#include <stdexcept>

#include "compressors/kernels/bitpack.h"

namespace packrat {

SymbolLayout::SymbolLayout(const std::vector<EntryPart>& pieces) {
  for (const EntryPart& part : pieces) add(part);
}

SymbolLayout SymbolLayout::of_bytes(std::int64_t bytes) {
  return SymbolLayout({{Part::kValues, "bytes", bytes}});
}

void SymbolLayout::add(const EntryPart& part) {
  const Symbols& made_of = part.symbols;
  const bool codes = made_of.codes > 0;
  const std::size_t first = tables_.size(), kinds = codes ? 1 : static_cast<std::size_t>(made_of.value_bytes);
  if (first + kinds > 256) throw std::logic_error("an entry has more than 256 kinds of symbols");
  const std::int64_t count = codes ? made_of.codes : part.bytes;
  const int bits = codes ? made_of.code_bits : 8;
  tables_.resize(first + kinds, {bits, part.part});
  for (std::int64_t i = 0; i < count; ++i)
    table_of_.push_back(static_cast<std::uint8_t>(first + static_cast<std::size_t>(i) % kinds));
  pieces_.push_back({part.bytes, count, bits});
  entry_bytes_ += part.bytes;
}

void SymbolLayout::expand(const std::uint8_t* entry, std::uint8_t* symbols) const {
  for (const Piece& piece : pieces_) {
    kernels::unpack(entry, piece.symbols, piece.code_bits, symbols);  // of 8 bits: copies them
    entry += piece.bytes;
    symbols += piece.symbols;
  }
}

void SymbolLayout::contract(const std::uint8_t* symbols, std::uint8_t* entry) const {
  for (const Piece& piece : pieces_) {
    kernels::pack(symbols, piece.symbols, piece.code_bits, entry);
    entry += piece.bytes;
    symbols += piece.symbols;
  }
}

SymbolCounts::SymbolCounts(const SymbolLayout& layout) {
  for (std::size_t t = 0; t < layout.tables(); ++t)
    counts_.emplace_back(std::size_t{1} << layout.table_bits(t));
}

void SymbolCounts::add(const SymbolLayout& layout, const std::uint8_t* symbols) {
  for (std::size_t i = 0; i < layout.table_of().size(); ++i) ++counts_[layout.table_of()[i]][symbols[i]];
}

double SymbolCounts::entropy_bits(std::size_t t) const {
  double all = 0, bits = 0;
  for (const std::int64_t count : counts_[t]) all += static_cast<double>(count);
  for (const std::int64_t count : counts_[t])
    if (count > 0) bits += static_cast<double>(count) * std::log2(all / static_cast<double>(count));
  return bits;
}

}  // namespace packrat
