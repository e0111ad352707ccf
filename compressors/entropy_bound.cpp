#include "compressors/entropy_bound.h"

#include <algorithm>

#include "compressors/codec.h"
#include "compressors/symbol_layout.h"

namespace packrat {

std::optional<EntropyBound> entropy_bound(const Codec& codec, ConstRows rows) {
  constexpr std::int64_t kPiece = 512;
  const SymbolLayout layout(codec.plain_layout());
  if (layout.symbols() == 0) return std::nullopt;
  SymbolCounts counts(layout);
  std::vector<std::uint8_t> symbols(static_cast<std::size_t>(layout.symbols()));
  for (std::int64_t begin = 0; begin < rows.count; begin += kPiece) {
    const EntryBatch batch =
        codec.encode_plain({rows.row(begin), std::min(kPiece, rows.count - begin), rows.width});
    for (const ByteView& entry : batch.entries()) {
      layout.expand(entry.data, symbols.data());
      counts.add(layout, symbols.data());
    }
  }
  EntropyBound bound;
  for (std::size_t t = 0; t < layout.tables(); ++t)
    (layout.table_part(t) == Part::kValues ? bound.values : bound.other) +=
        counts.entropy_bits(t) / static_cast<double>(rows.count);
  return bound;
}

}  // namespace packrat
