#include "compressors/kernels/sparse.h"

#include "compressors/kernels/kernel_table.h"

namespace packrat::kernels {

void scatter_coordinates(const void* coordinates, const void* values, std::int64_t kept, std::int64_t n,
                         float* out) {
  active_kernels().scatter_coordinates(coordinates, values, kept, n, out);
}

void scatter_bitmap(const std::uint8_t* bitmap, const void* values, std::int64_t n, float* out) {
  active_kernels().scatter_bitmap(bitmap, values, n, out);
}

}  // namespace packrat::kernels
