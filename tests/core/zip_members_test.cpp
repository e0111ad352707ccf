#include "engine/core/zip_members.h"

#include <gmock/gmock.h>

#include <cstring>

#include "engine/core/build_info.h"
#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/npy.h"

namespace packrat {
namespace {

// tests/golden/features/make_arrays.py says how they were made: zip64.npz has sizes in extra fields.
constexpr const char* kArchives[] = {"stored.npz", "deflated.npz", "zip64.npz"};

std::vector<std::uint8_t> golden(const std::string& name) {
  return read_file(source_dir() / "tests/golden/features" / name);
}

ByteView bytes_of(const std::vector<std::uint8_t>& bytes) {
  return {bytes.data(), bytes.size()};
}

/// Reads all there is; whether it was genuine.
bool read_all(ByteView file) try {
  for (const ZipMember& member : zip_members(file)) {
    const std::vector<std::uint8_t> copy = member.deflated ? inflated(member) : std::vector<std::uint8_t>();
    const ByteView unpacked = member.deflated ? bytes_of(copy) : member.packed;
    check_crc(member, unpacked);
    parse_npy(unpacked);
  }
  return true;
} catch (const Error&) {
  return false;
}

TEST(ZipMembers, HoldWhatNumPyPutThere) {
  for (const char* const name : kArchives) {
    const std::vector<std::uint8_t> file = golden(name);
    const std::vector<ZipMember> members = zip_members(bytes_of(file));
    ASSERT_EQ(members.size(), 2U) << name;
    EXPECT_EQ(members[0].name, "features.npy");
    EXPECT_EQ(members[1].name, "labels.npy");
    const bool deflated = std::string(name) == "deflated.npz";
    const std::vector<std::uint8_t> copy = deflated ? inflated(members[0]) : std::vector<std::uint8_t>();
    EXPECT_EQ(members[0].deflated, deflated);
    const NpyArray features = parse_npy(deflated ? bytes_of(copy) : members[0].packed);
    EXPECT_EQ(features.type, "F32");
    EXPECT_EQ(features.shape, (std::vector<std::int64_t>{6, 4}));
    for (int i = 0; i < 24; ++i) {
      float value = 0;
      std::memcpy(&value, features.bytes.data + 4 * i, sizeof value);
      EXPECT_EQ(value, static_cast<float>(i) / 2) << name;
    }
    EXPECT_TRUE(read_all(bytes_of(file)));
  }
}

TEST(ZipMembers, CutShortAnywhereAreRefused) {
  for (const char* const name : kArchives) {
    const std::vector<std::uint8_t> file = golden(name);
    for (std::size_t length = 0; length < file.size(); ++length)
      EXPECT_FALSE(read_all({file.data(), length})) << name << " at " << length;
  }
}

TEST(ZipMembers, WithAChangedByteAreRefusedOrReadButNeverCrash) {
  for (const char* const name : kArchives) {
    const std::vector<std::uint8_t> file = golden(name);
    for (std::size_t at = 0; at < file.size(); ++at)
      for (const int change : {1, 0x80, 0xFF}) {
        std::vector<std::uint8_t> altered = file;
        altered[at] = static_cast<std::uint8_t>(altered[at] ^ change);
        read_all(bytes_of(altered));
      }
  }
}

TEST(ZipMembers, WithAChangedValueHaveAnotherChecksum) {
  std::vector<std::uint8_t> file = golden("stored.npz");
  const ZipMember features = zip_members(bytes_of(file))[0];
  file[static_cast<std::size_t>(features.packed.data - file.data()) + features.packed.size - 1] ^= 1;
  EXPECT_FALSE(read_all(bytes_of(file)));
}

}  // namespace
}  // namespace packrat
