#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/bytes.h"

namespace packrat {

/// A file in a ZIP archive (APPNOTE.TXT of PKWARE), such as an array in NumPy's .npz.
struct ZipMember {
  std::string name;
  bool deflated = false;    ///< else stored: `packed` are its bytes
  std::uint64_t bytes = 0;  ///< unpacked
  std::uint32_t crc = 0;    ///< CRC-32 of these
  ByteView packed;
};

/// What the central directory lists, sizes of more than 4 GiB (ZIP64) among it. CorruptEntry, without the
/// file's name, when it is damaged or cut short; UserError for encryption and for methods other than stored
/// and deflated. The members' own bytes are not read.
std::vector<ZipMember> zip_members(ByteView file);

/// A deflated member's bytes. CorruptEntry when they are not as many as the directory says.
std::vector<std::uint8_t> inflated(const ZipMember& member);

/// CorruptEntry when the member's bytes, unpacked, have another checksum than the directory says.
void check_crc(const ZipMember& member, ByteView unpacked);

}  // namespace packrat
