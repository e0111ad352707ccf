#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "compressors/codec.h"

namespace packrat {

/// The coders behind the stage "entropy", and how they learn what all entries share (FORMAT.md, "Entropy
/// coding"). `plain` is the codec of the stages before; entries are its own.

/// What the entries share is weighed against what it saves in so many of them.
constexpr std::int64_t kEntriesToPayFor = 1000;

/// Asymmetric numeral systems with a table of frequencies for each kind of symbol.
std::unique_ptr<EntryCoder> make_rans_coder(const Codec& plain, ByteReader& learned);
std::vector<std::uint8_t> fit_rans_coder(const Codec& plain, const EntryBatch& train);

/// Zstandard, with a dictionary where one pays.
std::unique_ptr<EntryCoder> make_zstd_coder(const Codec& plain, ByteReader& learned);
std::vector<std::uint8_t> fit_zstd_coder(const Codec& plain, const EntryBatch& train,
                                         const EntryBatch& held_out);

/// Bytes that kEntriesToPayFor entries like those held out take, shared ones included.
double bytes_to_pay(const EntryCoder& coder, const EntryBatch& held_out);

}  // namespace packrat
