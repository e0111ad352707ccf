#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace packrat {

/// What the header says about one tensor; nothing of it has been compared with the data.
struct SafetensorsEntry {
  std::string name;
  std::string type;  ///< "F32", "F8_E4M3", ...
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;  ///< bytes of the data
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  ///< in the header's order
  std::map<std::string, std::string> metadata;
};

/// Reads the JSON header of a safetensors file in one pass, in time linear in its length and without a tree
/// of its values. CorruptEntry, without the file's name, when it is not JSON or not such a header: a name
/// that appears twice, an entry that is incomplete, a number that is negative or no whole one, metadata that
/// is not text, more than 16 dimensions.
SafetensorsHeader read_safetensors_header(std::string_view text);

}  // namespace packrat
