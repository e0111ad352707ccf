#include "engine/core/build_info.h"
#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/npy.h"
#include "engine/core/zip_members.h"
#include "tests/fuzz/targets.h"

namespace packrat::fuzzing {
namespace {

/// Larger arrays are taken for granted: unpacking them takes time and nothing else.
constexpr std::uint64_t kMostUnpacked = 1 << 20;

bool read_npy(ByteView bytes) try {
  parse_npy(bytes);
  return true;
} catch (const Error&) {
  return false;
}

bool read_npz(ByteView bytes) try {
  for (const ZipMember& member : zip_members(bytes)) {
    if (member.bytes > kMostUnpacked) continue;
    const Bytes unpacked = member.deflated ? inflated(member) : Bytes();
    const ByteView array = member.deflated ? ByteView{unpacked.data(), unpacked.size()} : member.packed;
    check_crc(member, array);
    parse_npy(array);
  }
  return true;
} catch (const Error&) {
  return false;
}

Bytes npy_of(const char* type, const std::vector<std::int64_t>& shape, std::size_t bytes) {
  const std::string text = npy_header(type, shape) + std::string(bytes, 'x');
  return {text.begin(), text.end()};
}

}  // namespace

Target npy_target() {
  return {"npy", read_npy, [] {
            return std::vector<Bytes>{npy_of("F32", {2, 3}, 24), npy_of("I64", {4}, 32),
                                      npy_of("U8", {1, 2, 2}, 4), npy_of("F16", {}, 2)};
          }};
}

Target npz_target() {
  return {"npz", read_npz, [] {
            std::vector<Bytes> all;
            for (const char* const name : {"stored.npz", "deflated.npz", "zip64.npz"})
              all.push_back(read_file(source_dir() / "tests/golden/features" / name));
            return all;
          }};
}

}  // namespace packrat::fuzzing
