#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/bytes.h"
#include "engine/core/error.h"

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

inline Bytes bytes_of(const std::string& text) {
  return {text.begin(), text.end()};
}
inline std::string text_of(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data), bytes.size};
}

/// Whether `read` returns; false when it throws one of our own errors.
template <typename Read>
bool not_refused(const Read& read) try {
  read();
  return true;
} catch (const Error&) {
  return false;
}

/// The decoder of every stage in the table of codecs: a byte that chooses among the stage's examples, then an
/// entry.
std::vector<Target> entry_targets();
/// make_codec() for everything that learns: a byte that chooses the codec, then what its entries share.
Target learned_target();
/// A buffer file as it is.
Target buffer_file_target();
/// A buffer file whose checksums are right, whatever it says.
Target buffer_content_target();

/// What is read behind a checksum that is right whatever it says: a description and a body. As an input: the
/// length of the description (uint16), the description, the body.
struct Described {
  std::string description;
  ByteView body;
};
std::optional<Described> described(ByteView bytes);
Bytes content_of(const Described& described);
Bytes sealed_buffer_file(const Described& content);
Bytes content_of_buffer_file(const Bytes& file);

/// The C interface: damaged bytes and files to every function that takes such, and then what their handles
/// are for. Codecs, buffers and heads as they are, and as contents behind a checksum that is right; mapped
/// buffers; entries.
std::vector<Target> library_targets();

/// The weights of a packed network behind a sound frame: the number of places - 1 (uint32), parts - 1
/// (uint8), the blocks.
Target packed_weights_target();
/// The frame as it is.
Target packed_file_target();

/// A NumPy array, and a ZIP archive of such.
Target npy_target();
Target npz_target();

/// safetensors files, their headers, pickles, tables, JSON, and what Python programs log.
std::vector<Target> header_targets();

/// All of these. tools/check replays their corpora under the sanitizers.
std::vector<Target> storage_targets();

/// Data sets, archives, pictures, power logs, tables of studies, grids, configurations, logs, results,
/// platforms, ONNX files and PyTorch's: readers of rooms that take minutes to compile. tools/check replays
/// their corpora in the Release build, tools/checks_all/fuzz under the sanitizers.
std::vector<Target> room_targets();

/// Both.
std::vector<Target> all_targets();

}  // namespace packrat::fuzzing
