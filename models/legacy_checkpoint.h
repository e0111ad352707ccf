#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/core/bytes.h"
#include "models/pickle_reader.h"

namespace packrat {

/// What torch.save wrote before PyTorch 1.6, and writes with _use_new_zipfile_serialization=False: pickles of
/// a magic number, the version, the machine, the object and the storages' keys, then each storage's values.
struct LegacyCheckpoint {
  Pickle object;
  std::map<std::string, std::vector<std::uint8_t>> records;  ///< "data/KEY" -> values, as a zip file has them
};

/// Whether these bytes begin with that magic number.
bool has_legacy_magic(ByteView file);

/// CorruptEntry when it is damaged, UserError for one of a big-endian machine.
LegacyCheckpoint read_legacy_checkpoint(ByteView file);

}  // namespace packrat
