// "quantize": equal bins between two values, codes packed without gaps (FORMAT.md, "Uniform quantizer").
#include "compressors/kernels/quantize.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "compressors/code_stage.h"
#include "compressors/device_form.h"
#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/gather.h"
#include "compressors/least_error_range.h"
#include "compressors/quantize_stages.h"
#include "compressors/stage_table.h"
#include "compressors/transfer_rule.h"

namespace packrat {
namespace {

using kernels::UniformQuantizer;

std::vector<std::uint8_t> range_bytes(kernels::ValueRange range) {
  std::vector<std::uint8_t> bytes(sizeof range);
  std::memcpy(bytes.data(), &range, sizeof range);
  return bytes;
}

// Every entry has its own lo and hi, in front of its codes.
class LocalQuantizeStage final : public CodeStage {
 public:
  using CodeStage::CodeStage;

  std::string spec() const override { return fmt::format("quantize:states={},range=local", states_); }
  std::optional<std::int64_t> section_bytes() const override { return kRangeBytes + code_bytes_; }
  std::vector<EntryPart> parts() const override {
    return {{Part::kSide, "lo and hi", kRangeBytes, {0, 8, kRangeBytes}}, codes_part()};
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
    std::vector<const std::uint8_t*> packed(readers.size());
    std::vector<UniformQuantizer> quantizers(readers.size());
    for (std::size_t i = 0; i < readers.size(); ++i) {
      const auto entry = static_cast<std::int64_t>(i);
      const auto range = readers[i].value<kernels::ValueRange>();
      if (!(range.lo <= range.hi) || !std::isfinite(range.hi - range.lo))
        throw_corrupt(entry, fmt::format("the range {} to {}", range.lo, range.hi));
      packed[i] = read_codes(readers[i], entry);
      if (range.lo == range.hi &&
          std::any_of(packed[i], packed[i] + code_bytes_, [](int byte) { return byte != 0; }))
        throw_corrupt(entry, "codes other than 0 in a constant map");
      quantizers[i] = kernels::make_uniform_quantizer(range.lo, range.hi, states_);
    }
    kernels::gather_dequantize(packed.data(), out.count, width_, quantizers.data(), 1, out.data);
  }
  std::optional<DeviceForm> device_form() const override {
    return DeviceForm{{kernels::cuda::Form::kOwnRange, width_, states_}, {}};
  }

 private:
  static constexpr std::int64_t kRangeBytes = sizeof(kernels::ValueRange);
};

// All entries share one range.
class FixedQuantizeStage final : public CodeStage {
 public:
  FixedQuantizeStage(int states, std::int64_t width, kernels::ValueRange range, bool learned)
      : CodeStage(states, width),
        quantizer_(kernels::make_uniform_quantizer(range.lo, range.hi, states)),
        learned_(learned) {}

  std::string spec() const override {
    return learned_ ? fmt::format("quantize:states={},range=fit", states_)
                    : fmt::format("quantize:states={},range={}:{}", states_, quantizer_.lo, quantizer_.hi);
  }
  std::optional<std::int64_t> section_bytes() const override { return code_bytes_; }
  std::vector<EntryPart> parts() const override { return {codes_part()}; }
  std::vector<std::uint8_t> shared() const override { return range_bytes({quantizer_.lo, quantizer_.hi}); }

  void encode(ConstRows in, Rows, EntryBatch& section) const override {
    std::uint8_t* bytes = section.append(in.count, code_bytes_);
    for (std::int64_t i = 0; i < in.count; ++i)
      kernels::quantize_pack(in.row(i), width_, quantizer_, bytes + i * code_bytes_);
  }
  void decode(ConstRows, Rows out, std::vector<ByteReader>& readers) const override {
    std::vector<const std::uint8_t*> packed(readers.size());
    for (std::size_t i = 0; i < readers.size(); ++i)
      packed[i] = read_codes(readers[i], static_cast<std::int64_t>(i));
    kernels::gather_dequantize(packed.data(), out.count, width_, &quantizer_, 0, out.data);
  }
  std::optional<DeviceForm> device_form() const override {
    return DeviceForm{{kernels::cuda::Form::kSharedRange, width_, states_, quantizer_.lo, quantizer_.hi}, {}};
  }

 private:
  UniformQuantizer quantizer_;
  bool learned_;
};

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

constexpr std::int64_t kMostRangeValues = 1 << 18;  // that a range of least error is learned from

struct QuantizeOptions {
  int states;
  bool zero_exact, per_channel;
};

QuantizeOptions read_quantize_options(const StageOptions& options, const StageContext& context) {
  if (!context.last)
    throw UserError("codec stage 'quantize' turns values into codes, so no stage can follow it: put it last");
  const QuantizeOptions own{static_cast<int>(options.integer("states", 2, 256)),
                            options.choice("zero", {"binned", "exact"}) == "exact",
                            options.choice("per", {"map", "channel"}) == "channel"};
  if (own.zero_exact && context.domain.pixels)
    throw options.error("zero", "normalised pixels are negative as well as positive: leave it out");
  if (own.per_channel && options.text("range") != "fit")
    throw options.error("per", "the ranges of channels are learned: write range=fit");
  if (own.per_channel && !context.first)
    throw options.error("per", "behind another stage values have no channel: leave it out");
  return own;
}

bool quantize_learns(const StageOptions& options) {
  return options.text("range") == "fit";
}

// One range for all maps follows the transfer ranges' rule: the least 5 %-quantile and the greatest 95
// %-quantile of any 100 rows. An exact zero and ranges by channel have no published rule and take those of
// least error.
std::vector<std::uint8_t> fit_quantize(const StageOptions& stage_options, const StageContext& context,
                                       const FittingRows& rows, const FittingOptions& options) {
  const QuantizeOptions own = read_quantize_options(stage_options, context);
  Rng rng = Rng(options.seed).fork("quantize", static_cast<std::uint64_t>(context.position));
  if (own.per_channel) return fit_channels(own.states, context.domain, own.zero_exact, rows.train, rng);
  const kernels::ValueRange range =
      own.zero_exact ? least_error_range(sample_values(rows.train, 0, context.width, kMostRangeValues, rng),
                                         own.states, true)
                     : transfer_rule(rows.train);
  if (!is_range(range))
    throw UserError(fmt::format(
        "codec stage '{}' (quantize, range=fit) found the range {} to {} in {} rows: give more or "
        "other rows to learn from",
        context.position + 1, range.lo, range.hi, rows.train.count));
  std::vector<std::uint8_t> learned;
  ByteWriter writer(learned);
  if (!own.zero_exact) writer.value(range.lo);
  writer.value(range.hi);
  return learned;
}

std::unique_ptr<Stage> make_quantize_stage(const StageOptions& options, const StageContext& context,
                                           ByteReader& learned) {
  const QuantizeOptions own = read_quantize_options(options, context);
  if (own.per_channel) return make_channel_stage(own.states, context.domain, own.zero_exact, learned);
  if (options.text("range") == "local")
    return own.zero_exact ? make_local_zero_stage(own.states, context.width)
                          : std::make_unique<LocalQuantizeStage>(own.states, context.width);
  const bool fitted = quantize_learns(options);
  kernels::ValueRange range{};
  if (!fitted)
    range = parse_range(options);
  else if (own.zero_exact)
    range.hi = learned.value<float>();
  else
    range = learned.value<kernels::ValueRange>();
  if (!is_range(range)) throw CorruptEntry(fmt::format("the learned range is {} to {}", range.lo, range.hi));
  if (!own.zero_exact) return std::make_unique<FixedQuantizeStage>(own.states, context.width, range, fitted);
  if (range.lo != 0) throw options.error("range", "zero=exact ranges begin at 0: write 0:HI");
  return make_fixed_zero_stage(own.states, context.width, range.hi,
                               fitted ? "fit" : fmt::format("0:{}", range.hi));
}

/// ceil(n ceil(log2 k) / 8) bytes of codes; lo and hi, 8 bytes, or hi alone where 0 is exact, for every
/// entry, or once for all, or once a channel.
StageCost quantize_cost(const StageOptions& options, const StageContext& context) {
  const QuantizeOptions own = read_quantize_options(options, context);
  const std::int64_t range = own.zero_exact ? 4 : 8;
  StageCost cost;
  cost.values = bytes_for(context.width * bits_for(own.states));
  if (options.text("range") == "local")
    cost.side = range;
  else
    cost.shared.other = range * (own.per_channel ? context.domain.shape[0] : 1);
  return cost;
}

}  // namespace

StageRow quantize_stage() {
  StageRow row;
  row.info = {
      "quantize",
      "states=2..256, range=local|LO:HI|fit, zero=binned|exact, per=map|channel",
      "equal bins between the entry's own extremes or two values for all, given or learned; codes packed "
      "without gaps",
      {"quantize:states=2,range=local", "quantize:states=4,range=local", "quantize:states=5,range=local",
       "quantize:states=16,range=local", "quantize:states=256,range=local",
       "quantize:states=8,range=0:1.0785", "quantize:states=100,range=-2.086:2.6636",
       "quantize:states=16,range=fit", "quantize:states=5,range=fit,per=channel"},
      {"quantize:states=2,range=local,zero=exact", "quantize:states=16,range=local,zero=exact",
       "quantize:states=100,range=0:2,zero=exact", "quantize:states=3,range=fit,zero=exact",
       "quantize:states=16,range=fit,zero=exact,per=channel"}};
  row.info.published = "quantization";
  row.keys = {{"states"}, {"range"}, {"zero", "binned"}, {"per", "map"}};
  row.make = make_quantize_stage;
  row.cost = quantize_cost;
  row.learns = quantize_learns;
  row.fit = fit_quantize;
  return row;
}

}  // namespace packrat
