#pragma once
#include <array>
#include <optional>
#include <string_view>

namespace packrat {

/// What weights are stored in and multiplied in.
enum class Precision { kInt2, kInt4, kInt8, kFp16, kBf16, kFp32 };

constexpr std::array<Precision, 6> kAllPrecisions{Precision::kInt2, Precision::kInt4, Precision::kInt8,
                                                  Precision::kFp16, Precision::kBf16, Precision::kFp32};

/// "INT2", "INT4", "INT8", "FP16", "BF16", "FP32".
std::string_view precision_name(Precision precision);
/// A name as above in any case, or "float32", "bfloat16", "float16"; empty for anything else.
std::optional<Precision> find_precision(std::string_view text);
/// The same; UserError lists the names.
Precision parse_precision(std::string_view text);
/// 0.25, 0.5, 1, 2, 2, 4.
double bytes_per_value(Precision precision);

}  // namespace packrat
