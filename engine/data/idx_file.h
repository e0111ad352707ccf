#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

namespace packrat {

/// What an IDX file holds: bytes in an array of any rank, the layout of MNIST and its likes.
struct IdxArray {
  std::vector<std::int64_t> sizes;
  std::vector<std::uint8_t> values;  ///< row-major
};

/// Reads an IDX file of unsigned bytes, plain or compressed with gzip (told by content): two zero bytes, 0x08
/// for bytes, the rank, each size as a big-endian u32, the values. UserError for a file that cannot be read,
/// is damaged, cut short or longer than its sizes say, holds other types, or more than 2^31 values.
IdxArray read_idx(const std::filesystem::path& path);

}  // namespace packrat
