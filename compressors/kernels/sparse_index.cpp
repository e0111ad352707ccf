#include "compressors/kernels/sparse_index.h"

#include <algorithm>
#include <cstring>

#include "compressors/kernels/select.h"

namespace packrat::kernels {
namespace {

constexpr int kWordBits = 57;  // what word_at() surely holds, wherever in a byte it begins

// The bits from `bit` on, least significant first; 0 where the bytes end.
std::uint64_t word_at(const std::uint8_t* bytes, std::int64_t size, std::int64_t bit) {
  const std::int64_t first = bit / 8, count = std::min<std::int64_t>(8, size - first);
  std::uint64_t word = 0;
  if (count == 8)
    std::memcpy(&word, bytes + first, 8);
  else
    for (std::int64_t i = 0; i < count; ++i) word |= std::uint64_t{bytes[first + i]} << (8 * i);
  return word >> (bit % 8);
}

// Sets the bits of a value below 2^16 from `bit` on; they are 0 before.
void put_bits(std::uint8_t* bytes, std::int64_t bit, std::uint32_t value) {
  value <<= bit % 8;
  for (std::int64_t i = bit / 8; value != 0; ++i, value >>= 8)
    bytes[i] = static_cast<std::uint8_t>(bytes[i] | (value & 0xff));
}

constexpr std::uint32_t low_bits(std::uint32_t value, int width) {
  return value & ((1u << width) - 1);
}

// The first bit at or after `bit` that is set; -1 when none is.
std::int64_t next_one(const std::uint8_t* bytes, std::int64_t size, std::int64_t bit) {
  for (; bit < 8 * size; bit += kWordBits) {
    const std::uint64_t word = word_at(bytes, size, bit) & ((std::uint64_t{1} << kWordBits) - 1);
    if (word != 0) return bit + __builtin_ctzll(word);
  }
  return -1;
}

int bits_below(std::int64_t n) {
  int bits = 0;
  while (std::int64_t{1} << bits < n) ++bits;
  return bits;
}

// Bits of `kept` low parts and of their unary high parts, which sum to at most `most >> low`.
std::int64_t split_bits(std::int64_t kept, std::int64_t most, int low) {
  return kept * (low + 1) + (most >> low);
}

int best_low(std::int64_t kept, std::int64_t most) {
  int best = 0;
  for (int low = 1; low <= 16; ++low)
    if (split_bits(kept, most, low) < split_bits(kept, most, best)) best = low;
  return best;
}

bool read_bitmap(const SparseIndex& index, const std::uint8_t* bytes, std::uint16_t* at) {
  std::int64_t found = 0;
  for (std::int64_t byte = 0; byte < index.bytes(); byte += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + byte,
                static_cast<std::size_t>(std::min<std::int64_t>(8, index.bytes() - byte)));
    if (found + __builtin_popcountll(word) > index.kept) return false;
    for (; word != 0; word &= word - 1)
      at[found++] = static_cast<std::uint16_t>(8 * byte + __builtin_ctzll(word));
  }
  return found == index.kept;
}

bool read_packed(const SparseIndex& index, const std::uint8_t* bytes, std::uint16_t* at) {
  for (std::int64_t j = 0; j < index.kept; ++j) {
    const std::uint64_t word = word_at(bytes, index.bytes(), j * index.field_bits);
    at[j] = static_cast<std::uint16_t>(low_bits(static_cast<std::uint32_t>(word), index.field_bits));
  }
  return next_one(bytes, index.bytes(), index.bits) < 0;
}

// The low parts stand first, coordinate j's high part is the number of zeros before the j-th one.
void write_elias_fano(const SparseIndex& index, const std::uint16_t* at, std::uint8_t* bytes) {
  const int low = index.field_bits;
  const std::int64_t high = index.kept * low;
  for (std::int64_t j = 0; j < index.kept; ++j) {
    put_bits(bytes, j * low, low_bits(at[j], low));
    put_bits(bytes, high + (at[j] >> low) + j, 1);
  }
}

bool read_elias_fano(const SparseIndex& index, const std::uint8_t* bytes, std::uint16_t* at) {
  const int low = index.field_bits;
  const std::int64_t high = index.kept * low, size = index.bytes();
  std::int64_t bit = high - 1;
  for (std::int64_t j = 0; j < index.kept; ++j) {
    bit = next_one(bytes, size, bit + 1);
    if (bit < 0 || bit >= index.bits) return false;
    const auto rest = static_cast<std::uint32_t>(word_at(bytes, size, j * low));
    at[j] = static_cast<std::uint16_t>((bit - high - j) << low | low_bits(rest, low));
  }
  return next_one(bytes, size, bit + 1) < 0;
}

// Gap j, the values between two kept ones, as its high part in zeros, a one, and its low part.
void write_delta(const SparseIndex& index, const std::uint16_t* at, std::uint8_t* bytes) {
  const int low = index.field_bits;
  std::int64_t bit = 0, next = 0;
  for (std::int64_t j = 0; j < index.kept; ++j, bit += 1 + low) {
    const auto gap = static_cast<std::uint32_t>(at[j] - next);
    bit += gap >> low;
    put_bits(bytes, bit, 1);
    put_bits(bytes, bit + 1, low_bits(gap, low));
    next = at[j] + 1;
  }
}

bool read_delta(const SparseIndex& index, const std::uint8_t* bytes, std::uint16_t* at) {
  const int low = index.field_bits;
  const std::int64_t size = index.bytes();
  std::int64_t bit = 0, next = 0;
  for (std::int64_t j = 0; j < index.kept; ++j) {
    const std::int64_t one = next_one(bytes, size, bit);
    if (one < 0 || one + 1 + low > index.bits) return false;
    const auto rest = static_cast<std::uint32_t>(word_at(bytes, size, one + 1));
    next += ((one - bit) << low) + low_bits(rest, low);
    if (next >= index.n) return false;
    at[j] = static_cast<std::uint16_t>(next++);
    bit = one + 1 + low;
  }
  return next_one(bytes, size, bit) < 0;
}

}  // namespace

SparseIndex make_sparse_index(IndexLayout layout, std::int64_t n, std::int64_t kept) {
  switch (layout) {
    case IndexLayout::kBitmap:
      return {layout, n, kept, 1, n};
    case IndexLayout::kPacked:
      return {layout, n, kept, bits_below(n), kept * bits_below(n)};
    case IndexLayout::kEliasFano: {
      const int low = best_low(kept, n - 1);
      return {layout, n, kept, low, split_bits(kept, n - 1, low)};
    }
    case IndexLayout::kDelta: {
      const int low = best_low(kept, n - kept);
      return {layout, n, kept, low, split_bits(kept, n - kept, low)};
    }
    case IndexLayout::kCoordinates16:
      break;
  }
  return {layout, n, kept, 16, 16 * kept};
}

SparseIndex smallest_sparse_index(std::int64_t n, std::int64_t kept) {
  SparseIndex best = make_sparse_index(IndexLayout::kCoordinates16, n, kept);
  for (const IndexLayout layout :
       {IndexLayout::kBitmap, IndexLayout::kPacked, IndexLayout::kEliasFano, IndexLayout::kDelta}) {
    const SparseIndex other = make_sparse_index(layout, n, kept);
    if (other.bytes() < best.bytes()) best = other;
  }
  return best;
}

void write_index(const SparseIndex& index, const std::uint16_t* coordinates, std::uint8_t* bytes) {
  std::fill(bytes, bytes + index.bytes(), std::uint8_t{0});
  switch (index.layout) {
    case IndexLayout::kCoordinates16:
      std::memcpy(bytes, coordinates, static_cast<std::size_t>(index.bytes()));
      break;
    case IndexLayout::kBitmap:
      for (std::int64_t j = 0; j < index.kept; ++j) put_bits(bytes, coordinates[j], 1);
      break;
    case IndexLayout::kPacked:
      for (std::int64_t j = 0; j < index.kept; ++j) put_bits(bytes, j * index.field_bits, coordinates[j]);
      break;
    case IndexLayout::kEliasFano:
      write_elias_fano(index, coordinates, bytes);
      break;
    case IndexLayout::kDelta:
      write_delta(index, coordinates, bytes);
      break;
  }
}

bool read_index(const SparseIndex& index, const std::uint8_t* bytes, std::uint16_t* coordinates) {
  bool whole = true;
  switch (index.layout) {
    case IndexLayout::kCoordinates16:
      std::memcpy(coordinates, bytes, static_cast<std::size_t>(index.bytes()));
      break;
    case IndexLayout::kBitmap:
      whole = read_bitmap(index, bytes, coordinates);
      break;
    case IndexLayout::kPacked:
      whole = read_packed(index, bytes, coordinates);
      break;
    case IndexLayout::kEliasFano:
      whole = read_elias_fano(index, bytes, coordinates);
      break;
    case IndexLayout::kDelta:
      whole = read_delta(index, bytes, coordinates);
      break;
  }
  return whole && is_selection(coordinates, index.kept, index.n);
}

}  // namespace packrat::kernels
