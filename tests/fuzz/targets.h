#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/core/bytes.h"

namespace packrat::fuzzing {

using Bytes = std::vector<std::uint8_t>;

/// One reader of foreign bytes. Its corpus is tests/fuzz/corpus/NAME.
struct Target {
  std::string name;
  /// Reads the bytes; true when they were taken for genuine. Damage is refused with the error that the reader
  /// names, and is caught here: whatever else is thrown, and every crash, is a finding.
  std::function<bool(ByteView)> read;
  /// Genuine inputs, for the fuzzer to begin with.
  std::function<std::vector<Bytes>()> seeds;
};

/// The decoder of every stage in the table of codecs: a byte that chooses among the stage's examples, then an
/// entry.
std::vector<Target> entry_targets();
/// make_codec() for everything that learns: a byte that chooses the codec, then what its entries share.
Target learned_target();
/// A buffer file as it is.
Target buffer_file_target();
/// A buffer file whose checksums are right, whatever it says: the length of the description (uint16), the
/// description, the body.
Target buffer_content_target();

/// The weights of a packed network behind a sound frame: the number of places - 1 (uint32), parts - 1
/// (uint8), the blocks.
Target packed_weights_target();
/// The frame as it is.
Target packed_file_target();

/// A NumPy array, and a ZIP archive of such.
Target npy_target();
Target npz_target();

/// All of these.
std::vector<Target> all_targets();

}  // namespace packrat::fuzzing
