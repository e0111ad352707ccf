// The kernels with AVX-512 (F, BW, DQ, VL, VBMI, VBMI2). The only source compiled for it: what it includes is
// in unnamed namespaces, and it calls no inline function of anybody else.
#include "compressors/kernels/avx512/codes.h"
#include "compressors/kernels/avx512/levels.h"
#include "compressors/kernels/avx512/matrix.h"
#include "compressors/kernels/avx512/quantize.h"
#include "compressors/kernels/avx512/select.h"
#include "compressors/kernels/avx512/values.h"

namespace packrat::kernels {

const KernelTable kAvx512Kernels = {avx512::pack,           avx512::unpack,
                                    avx512::codes_below,    avx512::quantize_pack,
                                    avx512::unpack_lookup,  avx512::unpack_dequantize,
                                    avx512::value_range,    avx512::all_finite,
                                    avx512::select_largest, avx512::scatter_coordinates,
                                    avx512::scatter_bitmap, avx512::multiply_add};

}  // namespace packrat::kernels
