#pragma once
#include <cstdint>

namespace packrat::kernels {

// Range asymmetric numeral systems (Duda 2013) with static tables: n symbols become one number, written most
// significant byte first. FORMAT.md, "Entropy coding", is the definition. A symbol of frequency f out of
// 2^precision takes precision - log2 f bits, and a stream 2 to 3 bytes more than its symbols.
//
// A stream has one state, so that a short entry does not pay for several. Decoding interleaves the states of
// kRansLanes streams instead, which hold as many symbols with the same tables: the entries of a batch.
//
// No function here allocates, throws, or touches a byte outside the sizes it names.

constexpr int kRansLanes = 8;
constexpr int kRansStateBytes = 3;                            // a state between two symbols is below 2^24,
constexpr std::uint32_t kRansLeast = std::uint32_t{1} << 16;  // and at least this
constexpr int kRansMostPrecision = 15;

struct RansSymbol {
  std::uint16_t frequency;  ///< 1 .. 2^precision - 1
  std::uint16_t start;      ///< sum of the frequencies before
};

/// How likely symbols are. The frequencies sum to 2^precision.
struct RansTable {
  int precision;                  ///< 1 .. kRansMostPrecision
  const RansSymbol* symbols;      ///< as many as there are
  const std::uint8_t* symbol_at;  ///< 2^precision: the symbol with start <= slot < start + frequency
};

/// A sequence of symbols in which each has its own table: symbol i that of number table_of[i].
struct RansModel {
  const RansTable* tables;
  const std::uint8_t* table_of;
  std::int64_t symbols;
};

/// Bytes that a stream takes at most.
constexpr std::int64_t rans_bound(std::int64_t symbols) {
  return kRansStateBytes + 2 * symbols;
}

/// Writes the stream so that it ends where `end` points; returns its bytes. symbols: one byte each, below the
/// number of its table's. There are rans_bound(model.symbols) bytes before `end`.
std::int64_t rans_encode(const RansModel& model, const std::uint8_t* symbols, std::uint8_t* end);

/// Bytes to decode and where to; `good` becomes whether they are what rans_encode() wrote, all of them and no
/// more.
struct RansStream {
  const std::uint8_t* bytes;
  std::int64_t size;
  std::uint8_t* symbols;
  bool good;
};

/// Any number of streams. Damaged ones leave symbols that are in their tables.
void rans_decode(const RansModel& model, RansStream* streams, std::int64_t count);

/// The same, one stream after the other and one byte at a time; what the fast form must equal.
namespace reference {
void rans_decode(const RansModel& model, RansStream* streams, std::int64_t count);
}

}  // namespace packrat::kernels
