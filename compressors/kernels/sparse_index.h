#pragma once
#include <cstdint>

namespace packrat::kernels {

/// Ways to write down which `kept` of n values stay (compressors/FORMAT.md, "Index of the kept values"). Each
/// takes the same bytes for every selection of that size.
enum class IndexLayout {
  kCoordinates16,  ///< 2 bytes a coordinate
  kBitmap,         ///< one bit a value
  kPacked,         ///< ceil(log2 n) bits a coordinate
  kEliasFano,      ///< low bits of each coordinate, then the high parts in unary
  kDelta,          ///< Rice codes of the gaps, as many bits as the worst selection needs
};

/// A layout for n values of which `kept` stay.
struct SparseIndex {
  IndexLayout layout = IndexLayout::kCoordinates16;
  std::int64_t n = 1, kept = 1;
  int field_bits = 16;    ///< of a coordinate, of its low part, or of a gap's low part; 1 for the bitmap
  std::int64_t bits = 0;  ///< in all
  std::int64_t bytes() const { return (bits + 7) / 8; }
};

/// 1 <= kept <= n <= 65536. The low parts are as wide as makes the whole smallest.
SparseIndex make_sparse_index(IndexLayout layout, std::int64_t n, std::int64_t kept);

/// The layout of fewest bytes; among equals the one read fastest, which is the first in IndexLayout.
SparseIndex smallest_sparse_index(std::int64_t n, std::int64_t kept);

/// coordinates: index.kept of them, ascending, below index.n. bytes: index.bytes() of them, overwritten.
void write_index(const SparseIndex& index, const std::uint16_t* coordinates, std::uint8_t* bytes);

/// The inverse. False when write_index() never leaves such bytes; the coordinates are then unspecified. Any
/// bytes are safe to read. Neither function allocates or throws.
bool read_index(const SparseIndex& index, const std::uint8_t* bytes, std::uint16_t* coordinates);

}  // namespace packrat::kernels
