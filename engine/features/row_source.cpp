#include "engine/features/row_source.h"

#include <algorithm>

namespace packrat {

void EncodedRows::gather(const std::vector<std::int64_t>& indices, Rows out) const {
  const ConstRows rows = features_.rows();
  for (std::size_t i = 0; i < indices.size(); ++i)
    std::copy_n(rows.row(indices[i]), rows.width, out.row(static_cast<std::int64_t>(i)));
}

void PixelRows::gather(const std::vector<std::int64_t>& indices, Rows out) const {
  std::vector<std::uint8_t> image(static_cast<std::size_t>(out.width));
  for (std::size_t i = 0; i < indices.size(); ++i) {
    images_.read(indices[i], 1, image.data());
    coder_.read_row(image.data(), out.width, out.row(static_cast<std::int64_t>(i)));
  }
}

}  // namespace packrat
