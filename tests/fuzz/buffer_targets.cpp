#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <stdexcept>

#include "compressors/codec.h"
#include "engine/buffer/buffer_file.h"
#include "engine/buffer/file_header.h"
#include "engine/core/files.h"
#include "tests/compressors/testing.h"
#include "tests/fuzz/targets.h"

namespace packrat::fuzzing {
namespace {

constexpr std::int64_t kMostValues =
    1 << 22;  // decoded at a time: the sanitizer's memory is not the reader's concern

void decode_all(const ReplayBuffer& buffer) {
  const std::int64_t width = buffer.codec().domain().values();
  if (width > kMostValues) return;
  std::vector<float> row(static_cast<std::size_t>(width));
  for (std::int64_t slot = 0; slot < buffer.size(); ++slot) try {
      buffer.decode({slot}, Rows{row.data(), 1, width});
      for (const float value : row)
        if (!std::isfinite(value)) throw std::logic_error("a slot decoded to NaN or infinity");
    } catch (const CorruptEntry&) {  // the reader vouches for the structure, the codec for an entry's bytes
    }
}

bool read_file(ByteView file) {
  try {
    decode_all(read_buffer(file, "fuzzed").buffer);
    return true;
  } catch (const UserError&) {
    return false;
  }
}

bool read_content(ByteView bytes) {
  const std::optional<Described> content = described(bytes);
  if (!content) return false;
  const Bytes file = sealed_buffer_file(*content);
  return read_file({file.data(), file.size()});
}

/// Small buffers in both kinds of storage and both kinds of budget.
std::vector<Bytes> files() {
  std::vector<Bytes> all;
  const auto path = std::filesystem::temp_directory_path() / ("packrat_fuzz_" + std::to_string(::getpid()));
  for (const char* spec :
       {"none", "thin:factor=0.5|quantize:states=3,range=local", "codebook:states=4", "webp:quality=50"})
    for (const Budget budget : {Budget::slots(4), Budget::bytes(900)}) {
      const Domain domain =
          std::string(spec) == "webp:quality=50" ? testing::pixels(5, 7) : testing::features(4, 2, 2);
      ReplayBuffer buffer(std::make_shared<const Codec>(testing::codec_for(spec, domain)), 3, budget);
      Rng rng(1);
      const std::vector<float> rows = testing::rows_for(domain, 6, rng);
      buffer.ingest({rows.data(), 6, domain.values()}, {0, 1, 2, 0, 1, 2}, 0, Rng(2));
      save_buffer(buffer, {"CIFAR10", "none", "none", ""}, path);
      all.push_back(packrat::read_file(path));
    }
  std::filesystem::remove(path);
  return all;
}

}  // namespace

Target buffer_file_target() {
  return {"buffer_file", read_file, files};
}
Target buffer_content_target() {
  return {"buffer_content", read_content, [] {
            std::vector<Bytes> all;
            for (const Bytes& file : files()) all.push_back(content_of_buffer_file(file));
            return all;
          }};
}

std::optional<Described> described(ByteView bytes) {
  if (bytes.size < 2) return std::nullopt;
  const std::size_t length = bytes.data[0] | std::size_t{bytes.data[1]} << 8;
  if (length > bytes.size - 2 || length > 4000) return std::nullopt;
  const std::uint8_t* text = bytes.data + 2;
  return Described{std::string(text, text + length), {text + length, bytes.size - 2 - length}};
}

Bytes content_of(const Described& described) {
  Bytes content;
  ByteWriter writer(content);
  writer.value(static_cast<std::uint16_t>(described.description.size()));
  writer.bytes(described.description.data(), described.description.size());
  writer.bytes(described.body.data, described.body.size);
  return content;
}

Bytes sealed_buffer_file(const Described& content) {
  FileHeader header;
  header.descriptor = content.description;
  header.body_bytes = content.body.size;
  header.body_checksum = checksum(content.body);
  Bytes file = header.encode();
  file.insert(file.end(), content.body.data, content.body.data + content.body.size);
  return file;
}

Bytes content_of_buffer_file(const Bytes& file) {
  return content_of({FileHeader::decode({file.data(), file.size()}, "seed").descriptor,
                     {file.data() + FileHeader::kBytes, file.size() - FileHeader::kBytes}});
}

}  // namespace packrat::fuzzing
