// The kernels with AVX2, FMA and BMI2. The only source compiled for them: what it includes is in
// unnamed namespaces, and it calls no inline function of anybody else.
#include "compressors/kernels/avx2/codes.h"
#include "compressors/kernels/avx2/levels.h"
#include "compressors/kernels/avx2/matrix.h"
#include "compressors/kernels/avx2/quantize.h"
#include "compressors/kernels/avx2/select.h"
#include "compressors/kernels/avx2/values.h"

namespace packrat::kernels {

const KernelTable kAvx2Kernels = {avx2::pack,           avx2::unpack,
                                  avx2::codes_below,    avx2::quantize_pack,
                                  avx2::unpack_lookup,  avx2::unpack_dequantize,
                                  avx2::value_range,    avx2::all_finite,
                                  avx2::select_largest, avx2::scatter_coordinates,
                                  avx2::scatter_bitmap, avx2::multiply_add};

}  // namespace packrat::kernels
