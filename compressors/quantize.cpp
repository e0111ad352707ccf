// "quantize": equal bins between two values, codes packed without gaps (FORMAT.md, "Uniform quantizer").
#include "compressors/kernels/quantize.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "compressors/kernels/bitpack.h"
#include "compressors/stage_factory.h"
#include "compressors/transfer_rule.h"

namespace packrat {
namespace {

using kernels::UniformQuantizer;

[[noreturn]] void throw_corrupt(std::int64_t entry, const std::string& what) {
  throw CorruptEntry(fmt::format("entry {} of the batch holds {}", entry, what));
}

std::vector<std::uint8_t> range_bytes(kernels::ValueRange range) {
  std::vector<std::uint8_t> bytes(sizeof range);
  std::memcpy(bytes.data(), &range, sizeof range);
  return bytes;
}

// What both kinds of range do with one row's codes.
class QuantizeStage : public Stage {
 public:
  QuantizeStage(int states, std::int64_t width)
      : states_(states),
        bits_(kernels::code_width(states)),
        width_(width),
        code_bytes_(kernels::packed_bytes(width, bits_)) {}

  std::int64_t width_out() const override { return 0; }

 protected:
  std::string codes_text() const { return fmt::format("{} codes of {} bits", width_, bits_); }

  // The next packed codes, after a look at what no encoder writes.
  const std::uint8_t* read_codes(ByteReader& reader, std::int64_t entry) const {
    const std::uint8_t* packed = reader.bytes(static_cast<std::size_t>(code_bytes_));
    if (!kernels::codes_below(packed, width_, bits_, states_))
      throw_corrupt(entry, fmt::format("a code that is not below its {} states", states_));
    if (!kernels::padding_is_zero(packed, width_, bits_)) throw_corrupt(entry, "bits after its last code");
    return packed;
  }

  int states_, bits_;
  std::int64_t width_, code_bytes_;
};

// Every entry has its own lo and hi, in front of its codes.
class LocalQuantizeStage final : public QuantizeStage {
 public:
  using QuantizeStage::QuantizeStage;

  std::string spec() const override { return fmt::format("quantize:states={},range=local", states_); }
  std::optional<std::int64_t> section_bytes() const override { return kRangeBytes + code_bytes_; }
  std::vector<EntryPart> parts() const override {
    return {{Part::kSide, "lo and hi", kRangeBytes}, {Part::kValues, codes_text(), code_bytes_}};
  }

  void encode(ConstRows in, Rows, EntryBatch& section) const override {
    std::uint8_t* bytes = section.append(in.count, kRangeBytes + code_bytes_);
    for (std::int64_t i = 0; i < in.count; ++i, bytes += kRangeBytes + code_bytes_) {
      const kernels::ValueRange range = kernels::value_range(in.row(i), width_);
      if (!std::isfinite(range.hi - range.lo))
        throw UserError(
            fmt::format("image {} of the batch reaches from {} to {}, too wide for float32 bins: "
                        "scale the features down",
                        i, range.lo, range.hi));
      std::memcpy(bytes, &range, kRangeBytes);
      const UniformQuantizer q = kernels::make_uniform_quantizer(range.lo, range.hi, states_);
      kernels::quantize_pack(in.row(i), width_, q, bytes + kRangeBytes);
    }
  }

  void decode(ConstRows, Rows out, std::vector<ByteReader>& readers) const override {
    for (std::int64_t i = 0; i < out.count; ++i) {
      ByteReader& reader = readers[static_cast<std::size_t>(i)];
      const auto range = reader.value<kernels::ValueRange>();
      if (!(range.lo <= range.hi) || !std::isfinite(range.hi - range.lo))
        throw_corrupt(i, fmt::format("the range {} to {}", range.lo, range.hi));
      const std::uint8_t* packed = read_codes(reader, i);
      if (range.lo == range.hi &&
          std::any_of(packed, packed + code_bytes_, [](int byte) { return byte != 0; }))
        throw_corrupt(i, "codes other than 0 in a constant map");
      kernels::unpack_dequantize(packed, width_, kernels::make_uniform_quantizer(range.lo, range.hi, states_),
                                 out.row(i));
    }
  }

 private:
  static constexpr std::int64_t kRangeBytes = sizeof(kernels::ValueRange);
};

// All entries share one range, so their levels are worked out once.
class FixedQuantizeStage final : public QuantizeStage {
 public:
  FixedQuantizeStage(int states, std::int64_t width, kernels::ValueRange range, bool learned)
      : QuantizeStage(states, width),
        quantizer_(kernels::make_uniform_quantizer(range.lo, range.hi, states)),
        learned_(learned) {
    kernels::fill_levels(quantizer_, levels_.data());
  }

  std::string spec() const override {
    return learned_ ? fmt::format("quantize:states={},range=fit", states_)
                    : fmt::format("quantize:states={},range={}:{}", states_, quantizer_.lo, quantizer_.hi);
  }
  std::optional<std::int64_t> section_bytes() const override { return code_bytes_; }
  std::vector<EntryPart> parts() const override { return {{Part::kValues, codes_text(), code_bytes_}}; }
  std::vector<std::uint8_t> shared() const override {
    return range_bytes({quantizer_.lo, quantizer_.hi});
  }

  void encode(ConstRows in, Rows, EntryBatch& section) const override {
    std::uint8_t* bytes = section.append(in.count, code_bytes_);
    for (std::int64_t i = 0; i < in.count; ++i)
      kernels::quantize_pack(in.row(i), width_, quantizer_, bytes + i * code_bytes_);
  }
  void decode(ConstRows, Rows out, std::vector<ByteReader>& readers) const override {
    for (std::int64_t i = 0; i < out.count; ++i)
      kernels::unpack_lookup(read_codes(readers[static_cast<std::size_t>(i)], i), width_, bits_,
                             levels_.data(), out.row(i));
  }

 private:
  UniformQuantizer quantizer_;
  bool learned_;
  std::array<float, 1 << kernels::kMaxWidth> levels_{};
};

bool is_range(kernels::ValueRange range) { return range.lo < range.hi && std::isfinite(range.hi - range.lo); }

// "LO:HI" as two float32.
kernels::ValueRange parse_range(const StageOptions& options) {
  const std::string& text = options.text("range");
  const char* end = text.data() + text.size();
  kernels::ValueRange range{};
  const auto lo = std::from_chars(text.data(), end, range.lo);
  const bool colon = lo.ec == std::errc() && lo.ptr != end && *lo.ptr == ':';
  const auto hi = colon ? std::from_chars(lo.ptr + 1, end, range.hi) : lo;
  if (!colon || hi.ec != std::errc() || hi.ptr != end)
    throw options.error("range", "give 'local', 'fit', or two numbers LO:HI such as 0:1.0785");
  range = {range.lo + 0.0f, range.hi + 0.0f};  // -0 is written as 0
  if (!is_range(range)) throw options.error("range", "LO must be below HI and both finite, in float32");
  return range;
}

}  // namespace

bool quantize_learns(const StageOptions& options) { return options.text("range") == "fit"; }

// Learns the transfer ranges' rule: the least 5 %-quantile and the greatest 95 %-quantile of any 100 rows.
std::vector<std::uint8_t> fit_quantize(const StageOptions&, const StageContext& context, const FittingRows& rows,
                                       const FittingOptions&) {
  const kernels::ValueRange range = transfer_rule(rows.train);
  if (!is_range(range))
    throw UserError(fmt::format("codec stage '{}' (quantize, range=fit) found the range {} to {} in {} rows: give more or "
                                "other rows to learn from",
                                context.position + 1, range.lo, range.hi, rows.train.count));
  return range_bytes(range);
}

std::unique_ptr<Stage> make_quantize_stage(const StageOptions& options, const StageContext& context,
                                           ByteReader& learned) {
  if (!context.last)
    throw UserError("codec stage 'quantize' turns values into codes, so no stage can follow it: put it last");
  const auto states = static_cast<int>(options.integer("states", 2, 256));
  if (options.text("range") == "local") return std::make_unique<LocalQuantizeStage>(states, context.width);
  const bool fitted = quantize_learns(options);
  const auto range = fitted ? learned.value<kernels::ValueRange>() : parse_range(options);
  if (!is_range(range)) throw CorruptEntry(fmt::format("the learned range is {} to {}", range.lo, range.hi));
  return std::make_unique<FixedQuantizeStage>(states, context.width, range, fitted);
}

}  // namespace packrat
