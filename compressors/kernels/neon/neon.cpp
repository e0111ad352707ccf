// The kernels with NEON, which every 64-bit Arm has. What is not written here is plain C++, whose loops GCC
// makes into the same instructions.
#include "compressors/kernels/neon/codes.h"
#include "compressors/kernels/neon/levels.h"
#include "compressors/kernels/neon/quantize.h"
#include "compressors/kernels/neon/select.h"
#include "compressors/kernels/neon/values.h"

namespace packrat::kernels {

const KernelTable kNeonKernels = {neon::pack,
                                  neon::unpack,
                                  neon::codes_below,
                                  neon::quantize_pack,
                                  neon::unpack_lookup,
                                  neon::unpack_dequantize,
                                  neon::value_range,
                                  neon::all_finite,
                                  neon::select_largest,
                                  scalar::scatter_coordinates,
                                  scalar::scatter_bitmap,
                                  scalar::multiply_add};

}  // namespace packrat::kernels
