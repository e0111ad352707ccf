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
  kInt8,      ///< means in float16, Cholesky factors in 127ths of the largest value of their row
};

/// "float32", "bfloat16" or "int8".
StatePrecision parse_state_precision(std::string_view text);
std::string_view state_precision_name(StatePrecision precision);

/// A positive semi-definite matrix of side d, row by row: its lower triangle in float32, 2 d (d + 1) bytes;
/// or the root of its diagonal in float32 and the correlations below it in bfloat16, 4 d + d (d - 1); or of
/// its Cholesky factor L the diagonal and a step a row in float32, and what is below in 8 bits, 8 d + d (d -
/// 1) / 2. L L^T is positive semi-definite however L was rounded, and rounding takes a small share of a small
/// eigenvalue, where that of the correlations takes as much of each. What has no factor because directions
/// are missing gets a millionth of its diagonal on top.
std::int64_t packed_symmetric_bytes(std::int64_t d, StatePrecision precision);

/// n values as a step, float32, and 8 bits each: multiples of it, the largest being the 127th. Written again
/// after they were read, they are the same bytes.
void write_steps(const double* row, std::int64_t n, ByteWriter& out);
/// CorruptEntry when the step is not finite.
void read_steps(ByteReader& in, std::int64_t n, double* row);

/// s: [d, d], the lower triangle. UserError when a value does not fit.
void pack_symmetric(const double* s, std::int64_t d, StatePrecision precision, ByteWriter& out);

/// Fills the lower triangle of s [d, d]; what is above stays. CorruptEntry for bytes that hold no such
/// matrix.
void unpack_symmetric(ByteReader& in, std::int64_t d, StatePrecision precision, double* s);

/// What rounding the correlations may take off the least eigenvalue of a correlation matrix of side d whose
/// correlations have this mean square: the norm of a random symmetric matrix with such errors, 2 e sqrt(d).
double correlation_noise(std::int64_t d, StatePrecision precision, double mean_square);

}  // namespace packrat
