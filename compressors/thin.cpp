// "thin": keeps the largest values and their coordinates; the others read back as 0.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "compressors/kernels/select.h"
#include "compressors/kernels/sparse.h"
#include "compressors/stage_factory.h"
#include "compressors/value_coder.h"

namespace packrat {
namespace {

// n - min(ceil(n factor), n - 1). A decimal factor has no exact double: a product this close above a whole
// number is that number (1000 * 0.9 deletes 900).
std::int64_t kept_values(std::int64_t n, double factor) {
  const auto deleted = static_cast<std::int64_t>(std::ceil(static_cast<double>(n) * factor - 1e-9));
  return n - std::clamp<std::int64_t>(deleted, 0, n - 1);
}

class ThinStage final : public Stage {
 public:
  ThinStage(double factor, const StageContext& context)
      : factor_(factor),
        n_(context.width),
        kept_(kept_values(n_, factor)),
        stores_values_(context.last),
        coder_(context.domain) {}

  std::string spec() const override { return fmt::format("thin:factor={}", factor_); }
  std::int64_t width_out() const override { return stores_values_ ? 0 : kept_; }
  std::optional<std::int64_t> section_bytes() const override { return coordinate_bytes() + value_bytes(); }

  void encode(ConstRows in, Rows out, EntryBatch& section) const override {
    std::uint8_t* bytes = section.append(in.count, *section_bytes());
    std::vector<std::uint32_t> scratch(static_cast<std::size_t>(2 * n_));
    std::vector<std::uint16_t> at(static_cast<std::size_t>(kept_));
    for (std::int64_t i = 0; i < in.count; ++i, bytes += *section_bytes()) {
      kernels::select_largest(in.row(i), n_, kept_, scratch.data(), at.data());
      std::memcpy(bytes, at.data(), static_cast<std::size_t>(coordinate_bytes()));
      if (stores_values_)
        coder_.write_at(in.row(i), at.data(), kept_, bytes + coordinate_bytes());
      else
        for (std::int64_t j = 0; j < kept_; ++j) out.row(i)[j] = in.row(i)[at[static_cast<std::size_t>(j)]];
    }
  }

  void decode(ConstRows in, Rows out, std::vector<ByteReader>& readers) const override {
    std::vector<std::uint16_t> at(static_cast<std::size_t>(kept_));
    for (std::int64_t i = 0; i < out.count; ++i) {
      ByteReader& reader = readers[static_cast<std::size_t>(i)];
      const std::uint8_t* bytes = reader.bytes(static_cast<std::size_t>(coordinate_bytes() + value_bytes()));
      std::memcpy(at.data(), bytes, static_cast<std::size_t>(coordinate_bytes()));
      if (!kernels::is_selection(at.data(), kept_, n_))
        throw CorruptEntry(
            fmt::format("entry {} of the batch holds coordinates that do not ascend below {}", i, n_));
      if (!stores_values_)
        kernels::scatter_coordinates(at.data(), in.row(i), kept_, n_, out.row(i));
      else if (!coder_.read_at(bytes + coordinate_bytes(), at.data(), kept_, n_, out.row(i)))
        throw CorruptEntry(fmt::format("entry {} of the batch holds NaN or infinity", i));
    }
  }

 private:
  std::int64_t coordinate_bytes() const { return kept_ * 2; }
  std::int64_t value_bytes() const { return stores_values_ ? kept_ * coder_.value_bytes() : 0; }

  double factor_;
  std::int64_t n_, kept_;
  bool stores_values_;
  ValueCoder coder_;
};

}  // namespace

std::unique_ptr<Stage> make_thin_stage(const StageOptions& options, const StageContext& context,
                                       ByteReader&) {
  if (!context.first)
    throw UserError(
        "codec stage 'thin' names coordinates of the map itself, so none can stand before it: put it first");
  if (context.width > kernels::kMaxSelectValues)
    throw UserError(
        fmt::format("codec stage 'thin' stores 2-byte coordinates, which name at most {} values, not {}: "
                    "use smaller maps or another codec",
                    kernels::kMaxSelectValues, context.width));
  return std::make_unique<ThinStage>(options.number("factor", 0, 1), context);
}

}  // namespace packrat
