#pragma once
#include <cstdint>
#include <optional>

#include "compressors/kernels/sparse_index.h"

namespace packrat::kernels {

/// The index of fewest bytes for this very selection, among all layouts. Elias-Fano and delta codes end with
/// their last bit, where those of make_sparse_index() have room for the worst selection of that size, and
/// their low parts are as wide as suits the selection. For places whose index may differ in size from one
/// selection to the next. Among equals the first in IndexLayout. 1 <= kept <= n <= 65536; coordinates: `kept`
/// of them, ascending, below n.
SparseIndex tight_sparse_index(std::int64_t n, std::int64_t kept, const std::uint16_t* coordinates);

/// The same index for read_index(), from what a file says of it; nothing when tight_sparse_index() never
/// gives such a one.
std::optional<SparseIndex> tight_index_of_bytes(IndexLayout layout, int field_bits, std::int64_t n,
                                                std::int64_t kept, std::int64_t bytes);

}  // namespace packrat::kernels
