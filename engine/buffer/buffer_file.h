#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "engine/buffer/replay_buffer.h"

namespace packrat {

/// Where a buffer's entries come from: free text, for the reader of the file.
struct BufferOrigin {
  std::string data_set;  ///< "CIFAR10"
  std::string encoder;   ///< "cutr34"; "none" for pixels
  std::string cut;       ///< "3"
  std::string weights;   ///< hash of the encoder's weights
};

/// The random state of a buffer that is filled and drawn from by a program of its own (libpackrat): row i of
/// the stream draws from Rng(seed).fork("offer", i), minibatch i from fork("sample", i).
struct BufferDraws {
  std::uint64_t seed = 0;
  std::int64_t offered = 0;  ///< rows
  std::int64_t drawn = 0;    ///< minibatches
};

struct SavedBuffer {
  ReplayBuffer buffer;
  BufferOrigin origin;
  BufferDraws draws;  ///< all 0 when the file has none
};

/// Bytes in front of the image of the buffer: file size - kBufferFileHeaderBytes == ledger().buffer_total().
constexpr std::int64_t kBufferFileHeaderBytes = 4096;

/// Writes the buffer, all or nothing (write_file_atomically). FILE_FORMAT.md describes the bytes. UserError
/// when the file cannot be written or the origin's texts are too long for the header. draws: null leaves them
/// out of the file.
void save_buffer(const ReplayBuffer& buffer, const BufferOrigin& origin, const std::filesystem::path& path,
                 const BufferDraws* draws = nullptr);
/// The bytes of that file, piece by piece.
void write_buffer(const ReplayBuffer& buffer, const BufferOrigin& origin, const BufferDraws* draws,
                  const std::function<void(ByteView)>& write);

/// How load_buffer() gets a codec from its text and from what its entries share; make_codec() unless a caller
/// has codecs of its own.
using CodecFactory = std::function<Codec(std::string_view spec, const Domain& domain, ByteView shared)>;

/// Reads what save_buffer() wrote, after checking all of it. UserError, one line that names the file: not a
/// buffer file, written by a newer version, cut short, altered, or unreadable.
SavedBuffer load_buffer(const std::filesystem::path& path, const CodecFactory& make = {});
/// The same for a file that is in memory; errors call it `name`.
SavedBuffer read_buffer(ByteView file, const std::string& name, const CodecFactory& make = {});

}  // namespace packrat
