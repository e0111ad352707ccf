#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/bytes.h"

namespace packrat {

// NumPy's .npy layout, versions 1 to 3 (numpy.lib.format): "\x93NUMPY", version, length of a header, the
// header, which is a Python dict {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4)}, then the values,
// row-major.

/// An array that somebody else owns.
struct NpyArray {
  std::string type;  ///< as safetensors files call it: "F32", "F16", "F64", "U8", "I64", "BOOL", ...
  std::vector<std::int64_t> shape;
  ByteView bytes;
};

/// Nothing in the header is trusted. CorruptEntry, without the file's name, for what is damaged or cut short;
/// UserError for a sound array that is not read: of Python objects, big-endian, in Fortran order, of elements
/// that are no numbers.
NpyArray parse_npy(ByteView file);

/// What stands before the values of an array, 64-byte aligned as NumPy writes it. Throws Error for a type
/// that NumPy does not have.
std::string npy_header(std::string_view type, const std::vector<std::int64_t>& shape);

}  // namespace packrat
