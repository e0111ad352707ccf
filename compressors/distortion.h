#pragma once
#include <string>

#include "compressors/rows.h"

namespace packrat {

class Codec;

/// What a codec does to rows, and what they take.
struct Distortion {
  double mse = 0;  ///< mean squared error of a value; for pixels in units of the whole range, so that 1 is
                   ///< white - black
  double psnr_db = 0;  ///< 10 log10(peak^2 / mse); infinite without an error
  double peak = 0;     ///< pixels: 1; features: greatest less smallest value of the rows
  double mean_entry_bytes = 0;
  std::int64_t least_entry_bytes = 0, greatest_entry_bytes = 0;
};

/// Bytes of an entry for tables: "520", or where entries differ "812 (700-931)", the mean, least and
/// greatest.
std::string entry_bytes_text(const Distortion& distortion);

/// Encodes and decodes the rows (at least one) and compares.
Distortion measure_distortion(const Codec& codec, ConstRows rows);

/// Sum of squared differences between two equally large sets of rows, in float64 and the units of
/// Distortion::mse.
double squared_error(ConstRows a, ConstRows b, const Domain& domain);

/// out [N, width]: what the rows read back as; may be the rows' own memory. In pieces, so that little else is
/// held.
void round_trip(const Codec& codec, ConstRows rows, Rows out);

}  // namespace packrat
