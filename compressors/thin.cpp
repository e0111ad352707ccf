// "thin": keeps the largest values and their coordinates; the others read back as 0.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compressors/device_form.h"
#include "compressors/kernels/select.h"
#include "compressors/kernels/sparse.h"
#include "compressors/kernels/sparse_index.h"
#include "compressors/stage_table.h"
#include "compressors/value_coder.h"

namespace packrat {
namespace {

// n - min(ceil(n factor), n - 1). A decimal factor has no exact double: a product this close above a whole
// number is that number (1000 * 0.9 deletes 900).
std::int64_t kept_values(std::int64_t n, double factor) {
  const auto deleted = static_cast<std::int64_t>(std::ceil(static_cast<double>(n) * factor - 1e-9));
  return n - std::clamp<std::int64_t>(deleted, 0, n - 1);
}

using kernels::IndexLayout;
using kernels::SparseIndex;

struct NamedLayout {
  const char* name;
  IndexLayout layout;
  const char* what;  // with the width of a field in {}
};
constexpr NamedLayout kLayouts[] = {
    {"coordinates16", IndexLayout::kCoordinates16, "coordinates of {} bits"},
    {"packed", IndexLayout::kPacked, "packed coordinates of {} bits"},
    {"bitmap", IndexLayout::kBitmap, "bitmap, {} bit a value"},
    {"delta", IndexLayout::kDelta, "Rice-coded gaps, {} low bits"},
    {"eliasfano", IndexLayout::kEliasFano, "Elias-Fano, {} low bits"},
};

SparseIndex choose_index(const StageOptions& options, std::int64_t n, std::int64_t kept) {
  std::vector<std::string> names{"auto"};
  for (const NamedLayout& known : kLayouts) names.emplace_back(known.name);
  const std::string& chosen = options.choice("index", names);
  for (const NamedLayout& known : kLayouts)
    if (chosen == known.name) return kernels::make_sparse_index(known.layout, n, kept);
  return kernels::smallest_sparse_index(n, kept);
}

std::string describe(const SparseIndex& index) {
  for (const NamedLayout& known : kLayouts)
    if (known.layout == index.layout) return fmt::format(fmt::runtime(known.what), index.field_bits);
  return {};
}

class ThinStage final : public Stage {
 public:
  ThinStage(const StageOptions& options, const StageContext& context)
      : factor_(options.number("factor", 0, 1)),
        n_(context.width),
        kept_(kept_values(n_, factor_)),
        index_(choose_index(options, n_, kept_)),
        stores_values_(context.last),
        coder_(context.domain) {
    if (options.text("index") != "auto") index_option_ = ",index=" + options.text("index");
  }

  std::string spec() const override { return fmt::format("thin:factor={}{}", factor_, index_option_); }
  std::int64_t width_out() const override { return stores_values_ ? 0 : kept_; }
  std::optional<std::int64_t> section_bytes() const override { return index_.bytes() + value_bytes(); }
  std::vector<EntryPart> parts() const override {
    const int coordinate_bytes = index_.layout == IndexLayout::kCoordinates16 ? 2 : 1;
    std::vector<EntryPart> all{{Part::kIndex, describe(index_), index_.bytes(), {0, 8, coordinate_bytes}}};
    if (stores_values_)
      all.push_back({Part::kValues,
                     fmt::format("{} kept values", kept_),
                     value_bytes(),
                     {0, 8, static_cast<int>(coder_.value_bytes())}});
    return all;
  }

  void encode(ConstRows in, Rows out, EntryBatch& section) const override {
    std::uint8_t* bytes = section.append(in.count, *section_bytes());
    std::vector<std::uint32_t> scratch(static_cast<std::size_t>(2 * n_));
    std::vector<std::uint16_t> at(static_cast<std::size_t>(kept_));
    for (std::int64_t i = 0; i < in.count; ++i, bytes += *section_bytes()) {
      kernels::select_largest(in.row(i), n_, kept_, scratch.data(), at.data());
      kernels::write_index(index_, at.data(), bytes);
      if (stores_values_)
        coder_.write_at(in.row(i), at.data(), kept_, bytes + index_.bytes());
      else
        for (std::int64_t j = 0; j < kept_; ++j) out.row(i)[j] = in.row(i)[at[static_cast<std::size_t>(j)]];
    }
  }

  void decode(ConstRows in, Rows out, std::vector<ByteReader>& readers) const override {
    std::vector<std::uint16_t> at(static_cast<std::size_t>(kept_));
    for (std::int64_t i = 0; i < out.count; ++i) {
      ByteReader& reader = readers[static_cast<std::size_t>(i)];
      const std::uint8_t* bytes = reader.bytes(static_cast<std::size_t>(*section_bytes()));
      if (!kernels::read_index(index_, bytes, at.data()))
        throw CorruptEntry(fmt::format(
            "entry {} of the batch does not name {} ascending coordinates below {}", i, kept_, n_));
      if (!stores_values_)
        kernels::scatter_coordinates(at.data(), in.row(i), kept_, n_, out.row(i));
      else if (!coder_.read_at(bytes + index_.bytes(), at.data(), kept_, n_, out.row(i)))
        throw CorruptEntry(fmt::format("entry {} of the batch holds NaN or infinity", i));
    }
  }

  std::optional<DeviceForm> device_form() const override {
    const bool bitmap = index_.layout == IndexLayout::kBitmap;
    if (coder_.value_bytes() != sizeof(float) || (!bitmap && index_.layout != IndexLayout::kCoordinates16))
      return std::nullopt;
    using kernels::cuda::Form;
    DeviceForm device{{bitmap ? Form::kBitmap : Form::kCoordinates, n_}, {}};
    device.form.kept = kept_;
    return device;
  }

 private:
  std::int64_t value_bytes() const { return stores_values_ ? kept_ * coder_.value_bytes() : 0; }

  double factor_;
  std::int64_t n_, kept_;
  SparseIndex index_;
  std::string index_option_;  // as the spec shows it; nothing for auto
  bool stores_values_;
  ValueCoder coder_;
};

std::unique_ptr<Stage> make_thin_stage(const StageOptions& options, const StageContext& context,
                                       ByteReader&) {
  if (!context.first)
    throw UserError(
        "codec stage 'thin' names coordinates of the map itself, so none can stand before it: put it first");
  if (context.width > kernels::kMaxSelectValues)
    throw UserError(
        fmt::format("codec stage 'thin' works with 2-byte coordinates, which name at most {} values, not {}: "
                    "use smaller maps or another codec",
                    kernels::kMaxSelectValues, context.width));
  return std::make_unique<ThinStage>(options, context);
}

/// Low parts of the best width l, and high parts in unary that sum to `most` at width 0: kept (l + 1) +
/// floor(most / 2^l) bits.
std::int64_t split_bytes(std::int64_t kept, std::int64_t most) {
  std::int64_t least = kept + most;
  for (std::int64_t low = 1; low <= bits_for(most + 1); ++low)
    least = std::min(least, kept * (low + 1) + (most >> low));
  return bytes_for(least);
}

/// The bytes that say which `kept` of n values are kept: 2 a coordinate (for 257 to 65536 values; published),
/// or ceil(log2 n) bits a coordinate, or a bit a value; split into low bits and unary high parts, where those
/// are of the coordinates (Elias 1974, Fano 1971) or of the gaps between them (Rice 1979); or the least of
/// all these.
std::int64_t index_bytes(const std::string& index, std::int64_t n, std::int64_t kept) {
  if (index == "coordinates16") return kept * bytes_for(bits_for(std::max<std::int64_t>(n, 2)));
  if (index == "packed") return bytes_for(kept * bits_for(n));
  if (index == "bitmap") return bytes_for(n);
  if (index == "eliasfano") return split_bytes(kept, n - 1);
  if (index == "delta") return split_bytes(kept, n - kept);
  std::int64_t least = bytes_for(n);
  for (const NamedLayout& known : kLayouts) least = std::min(least, index_bytes(known.name, n, kept));
  return least;
}

/// n - min(ceil(n f), n - 1) values, for the next stage or as they are, and which they are.
StageCost thin_cost(const StageOptions& options, const StageContext& context) {
  const std::int64_t kept = kept_values(context.width, options.number("factor", 0, 1));
  StageCost cost;
  cost.index = index_bytes(options.text("index"), context.width, kept);
  (context.last ? cost.values : cost.handed_on) = context.last ? kept * value_bytes(context.domain) : kept;
  return cost;
}

}  // namespace

StageRow thin_stage() {
  StageRow row;
  row.info = {
      "thin",
      "factor=0 up to, not including, 1, index=auto|coordinates16|packed|bitmap|delta|eliasfano",
      "the smallest values become 0; the others are kept, with the smallest index that says which",
      {"thin:factor=0", "thin:factor=0.5", "thin:factor=0.9", "thin:factor=0.95",
       "thin:factor=0.95,index=coordinates16", "thin:factor=0.9,index=packed", "thin:factor=0.5,index=bitmap",
       "thin:factor=0.95,index=delta", "thin:factor=0.95,index=eliasfano",
       "thin:factor=0.9|quantize:states=16,range=local", "thin:factor=0.5|quantize:states=3,range=-1:2",
       "thin:factor=0.5|codebook:states=4", "thin:factor=0.9|float16"},
      {"thin:factor=0.9,index=delta|quantize:states=16,range=local,zero=exact"}};
  row.info.published = "thinning";
  row.keys = {{"factor"}, {"index", "auto"}};
  row.make = make_thin_stage;
  row.cost = thin_cost;
  return row;
}

}  // namespace packrat
