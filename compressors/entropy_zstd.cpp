// "entropy:coder=zstd": Zstandard with a dictionary that the entries share (FORMAT.md, "Entropy coding"; RFC
// 8878).
#define ZSTD_STATIC_LINKING_ONLY   // for frames without a magic number
#define ZDICT_STATIC_LINKING_ONLY  // for a training that does not try out its parameters
#include <fmt/format.h>
#include <zdict.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>

#include "compressors/entropy_coders.h"
#include "compressors/framed_coder.h"

namespace packrat {
namespace {

constexpr int kLevel = 19;
constexpr std::size_t kMostDictionaryBytes = 1 << 20;
constexpr std::int64_t kMostTrainingBytes = 8 << 20;

using Bytes = std::vector<std::uint8_t>;
template <class T, std::size_t (*kFree)(T*)>
struct Freed {
  void operator()(T* object) const { kFree(object); }
};
using CompressionContext = std::unique_ptr<ZSTD_CCtx, Freed<ZSTD_CCtx, ZSTD_freeCCtx>>;
using DecompressionContext = std::unique_ptr<ZSTD_DCtx, Freed<ZSTD_DCtx, ZSTD_freeDCtx>>;
using CompressionDictionary = std::unique_ptr<ZSTD_CDict, Freed<ZSTD_CDict, ZSTD_freeCDict>>;
using DecompressionDictionary = std::unique_ptr<ZSTD_DDict, Freed<ZSTD_DDict, ZSTD_freeDDict>>;

std::size_t checked(std::size_t result) {
  if (ZSTD_isError(result)) throw Error(fmt::format("libzstd: {}", ZSTD_getErrorName(result)));
  return result;
}

/// What stands before the blocks of a frame of `size` bytes: one segment, no magic number, checksum or
/// dictionary number. It follows from the size, and is left out of entries.
Bytes frame_header(std::size_t size) {
  const bool one = size < 256, two = !one && size < 65536 + 256;
  const auto number = static_cast<std::uint32_t>(two ? size - 256 : size);
  const std::size_t bytes = one ? 1 : two ? 2 : 4;
  Bytes header(1 + bytes, one ? 0x20 : two ? 0x60 : 0xa0);
  std::memcpy(&header[1], &number, bytes);
  return header;
}

/// Whether blocks end exactly where the bytes do.
bool are_blocks(ByteView bytes) {
  for (std::size_t at = 0; at + 3 <= bytes.size;) {
    const std::uint32_t header =
        bytes.data[at] | std::uint32_t{bytes.data[at + 1]} << 8 | std::uint32_t{bytes.data[at + 2]} << 16;
    const bool last = header & 1, repeats_a_byte = (header >> 1 & 3) == 1;
    at += 3 + (repeats_a_byte ? 1 : header >> 3);
    if (last) return at == bytes.size;
  }
  return false;
}

class ZstdCoder final : public FramedCoder {
 public:
  ZstdCoder(const Codec& plain, Bytes dictionary) : FramedCoder(plain), dictionary_(std::move(dictionary)) {
    if (dictionary_.empty()) return;
    to_compress_.reset(ZSTD_createCDict(dictionary_.data(), dictionary_.size(), kLevel));
    to_decompress_.reset(ZSTD_createDDict_byReference(dictionary_.data(), dictionary_.size()));
    if (!to_compress_ || !to_decompress_) throw CorruptEntry("the learned dictionary is none of Zstandard's");
  }

  std::string spec() const override { return "entropy:coder=zstd"; }
  std::string summary() const override {
    return dictionary_.empty() ? "zstd, no dictionary"
                               : fmt::format("zstd, {} bytes of dictionary", dictionary_.size());
  }
  Bytes shared() const override { return dictionary_; }

 protected:
  void pack(ByteView plain, Bytes& out) const override {
    thread_local const CompressionContext context(ZSTD_createCCtx());
    checked(ZSTD_CCtx_reset(context.get(), ZSTD_reset_session_and_parameters));
    checked(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_format, ZSTD_f_zstd1_magicless));
    checked(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_dictIDFlag, 0));
    checked(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel));
    if (to_compress_) checked(ZSTD_CCtx_refCDict(context.get(), to_compress_.get()));
    Bytes frame(ZSTD_compressBound(plain.size));
    frame.resize(checked(ZSTD_compress2(context.get(), frame.data(), frame.size(), plain.data, plain.size)));
    const Bytes header = frame_header(plain.size);
    const bool usual =
        frame.size() > header.size() && std::equal(header.begin(), header.end(), frame.begin());
    if (!usual || frame[header.size()] == 0) return;  // a zero byte would say that the entry is not packed
    out.insert(out.end(), frame.begin() + static_cast<std::ptrdiff_t>(header.size()), frame.end());
  }

  void unpack(std::vector<Packed>& batch) const override {
    thread_local const DecompressionContext context(ZSTD_createDCtx());
    checked(ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_and_parameters));
    checked(ZSTD_DCtx_setParameter(context.get(), ZSTD_d_format, ZSTD_f_zstd1_magicless));
    checked(ZSTD_DCtx_refDDict(context.get(), to_decompress_.get()));  // null: none
    for (Packed& packed : batch) {
      const auto size = static_cast<std::size_t>(packed.size);
      Bytes frame = frame_header(size);
      frame.insert(frame.end(), packed.bytes.data, packed.bytes.data + packed.bytes.size);
      packed.good = are_blocks(packed.bytes) && ZSTD_decompressDCtx(context.get(), packed.plain, size,
                                                                    frame.data(), frame.size()) == size;
    }
  }

 private:
  Bytes dictionary_;
  CompressionDictionary to_compress_;
  DecompressionDictionary to_decompress_;
};

/// Empty when the samples are too few or too alike for one.
Bytes train_dictionary(const EntryBatch& train, std::size_t bytes) {
  std::vector<std::size_t> sizes;
  std::int64_t all = 0;
  for (const ByteView& entry : train.entries()) {
    if (all + static_cast<std::int64_t>(entry.size) > kMostTrainingBytes) break;
    sizes.push_back(entry.size);
    all += static_cast<std::int64_t>(entry.size);
  }
  Bytes dictionary(bytes);
  ZDICT_fastCover_params_t parameters{};
  parameters.k = 256;  // bytes of a segment that comes into the dictionary
  parameters.d = 8;
  parameters.f = 18;
  parameters.zParams.compressionLevel = kLevel;
  const std::size_t size =
      ZDICT_trainFromBuffer_fastCover(dictionary.data(), bytes, train.bytes.data(), sizes.data(),
                                      static_cast<unsigned>(sizes.size()), parameters);
  dictionary.resize(ZDICT_isError(size) ? 0 : size);
  return dictionary;
}

}  // namespace

std::vector<std::uint8_t> fit_zstd_coder(const Codec& plain, const EntryBatch& train,
                                         const EntryBatch& held_out) {
  Bytes best;
  double least = bytes_to_pay(ZstdCoder(plain, {}), held_out);
  for (const std::size_t size : {1024, 4096, 16384, 65536}) {
    Bytes dictionary = train_dictionary(train, size);
    const double bytes = bytes_to_pay(ZstdCoder(plain, dictionary), held_out);
    if (bytes >= least) continue;
    least = bytes;
    best = std::move(dictionary);
  }
  return best;
}

std::unique_ptr<EntryCoder> make_zstd_coder(const Codec& plain, ByteReader& learned) {
  const std::size_t size = learned.left();  // it is the last that a codec has learned
  if (size > kMostDictionaryBytes)
    throw CorruptEntry(fmt::format("the learned dictionary has {} bytes", size));
  const std::uint8_t* bytes = learned.bytes(size);
  return std::make_unique<ZstdCoder>(plain, Bytes(bytes, bytes + size));
}

}  // namespace packrat
