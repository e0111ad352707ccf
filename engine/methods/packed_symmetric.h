#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/core/bytes.h"

namespace packrat {

/// In what a method keeps its means and its sums of products between tasks.
enum class StatePrecision {
  kFloat32,   ///< everything
  kBFloat16,  ///< means in float16, correlations in bfloat16, deviations in float32
  kInt8,      ///< the same with correlations in 127ths
};

/// "float32", "bfloat16" or "int8".
StatePrecision parse_state_precision(std::string_view text);
std::string_view state_precision_name(StatePrecision precision);

/// A positive semi-definite matrix of side d as its lower triangle in float32, or as the root of its diagonal
/// in float32 and the correlations below it, row by row: 2 d (d + 1) bytes, 4 d + d (d - 1), or
/// 4 d + d (d - 1) / 2.
std::int64_t packed_symmetric_bytes(std::int64_t d, StatePrecision precision);

/// s: [d, d], the lower triangle. UserError when a value does not fit.
void pack_symmetric(const double* s, std::int64_t d, StatePrecision precision, ByteWriter& out);

/// Fills the lower triangle of s [d, d]; what is above stays. CorruptEntry for bytes that hold no such
/// matrix.
void unpack_symmetric(ByteReader& in, std::int64_t d, StatePrecision precision, double* s);

/// What rounding the correlations may take off the least eigenvalue of a correlation matrix of side d whose
/// correlations have this mean square: the norm of a random symmetric matrix with such errors, 2 e sqrt(d).
double correlation_noise(std::int64_t d, StatePrecision precision, double mean_square);

}  // namespace packrat
