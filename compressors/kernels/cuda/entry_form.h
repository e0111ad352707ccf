#pragma once
#include <cstdint>
#include <string>

namespace packrat::kernels::cuda {

/// What an entry of one size holds, byte for byte as compressors/FORMAT.md says.
enum class Form {
  kSharedRange,  ///< codes; one range for all entries: quantize:range=LO:HI, range=fit
  kOwnRange,     ///< lo, hi, codes: quantize:range=local
  kTable,        ///< codes that name levels: codebook, and other quantizers with fixed levels
  kProducts,     ///< codes that name centroids: pq
  kFloat32,      ///< values: none on features
  kFloat16,
  kBfloat16,
  kCoordinates,  ///< thin:index=coordinates16 on features, without a stage behind it
  kBitmap        ///< thin:index=bitmap, likewise
};

struct EntryForm {
  Form form = Form::kFloat32;
  std::int64_t n = 1;                                  ///< values
  int states = 0;                                      ///< of the three kinds of codes, 2..256
  float lo = 0, hi = 0;                                ///< the shared range
  std::int64_t kept = 0;                               ///< of the sparse forms
  std::int64_t channels = 0, subspaces = 0, bits = 0;  ///< of products; n / channels positions
  /// On the device. kTable: 2^width levels, where width is that of `states`. kProducts: subspace after
  /// subspace, [2^bits, its channels].
  const float* table = nullptr;
  /// On the device, for encoding kTable: 2^width - 1 boundaries that ascend, unused ones infinite.
  const float* boundaries = nullptr;
};

/// Bytes of such an entry.
std::int64_t entry_bytes(const EntryForm& form);

/// Whether Device::encode() makes such entries: the three kinds of codes.
bool can_encode(Form form);

/// std::logic_error for what the kernels do not take: sizes below 1 or from 2^31 up, states and bits outside
/// of their ranges, no table.
void check_form(const EntryForm& form);

}  // namespace packrat::kernels::cuda
