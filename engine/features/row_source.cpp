#include "engine/features/row_source.h"

#include <algorithm>

namespace packrat {

void EncodedRows::gather(const std::vector<std::int64_t>& indices, Rows out) const {
  const ConstRows rows = features_.rows();
  for (std::size_t i = 0; i < indices.size(); ++i)
    std::copy_n(rows.row(indices[i]), rows.width, out.row(static_cast<std::int64_t>(i)));
}

void PixelRows::gather(const std::vector<std::int64_t>& indices, Rows out) const {
  for (std::size_t i = 0; i < indices.size(); ++i)
    coder_.read_row(images_.image(indices[i]), out.width, out.row(static_cast<std::int64_t>(i)));
}

}  // namespace packrat
