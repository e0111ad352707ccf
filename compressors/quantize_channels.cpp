// "quantize:...,per=channel": every channel has its own range, learned beforehand (FORMAT.md, "Ranges by
// channel").
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compressors/code_stage.h"
#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/level_codes.h"
#include "compressors/least_error_range.h"
#include "compressors/quantize_stages.h"

namespace packrat {
namespace {

constexpr std::int64_t kMostChannelValues = 20000;  // that a channel's range is learned from

class ChannelStage final : public CodeStage {
 public:
  ChannelStage(int states, const Domain& domain, bool zero_exact, std::vector<kernels::ValueRange> ranges)
      : CodeStage(states, domain.values()),
        zero_exact_(zero_exact),
        plane_(domain.shape[1] * domain.shape[2]),
        ranges_(std::move(ranges)),
        levels_(ranges_.size() << bits_) {
    for (std::size_t c = 0; c < ranges_.size(); ++c) {
      if (zero_exact_)
        kernels::fill_zero_levels(zero_quantizer(c), &levels_[c << bits_]);
      else
        kernels::fill_levels(quantizer(c), &levels_[c << bits_]);
    }
  }

  std::string spec() const override {
    return fmt::format("quantize:states={},range=fit{},per=channel", states_,
                       zero_exact_ ? ",zero=exact" : "");
  }
  std::optional<std::int64_t> section_bytes() const override { return code_bytes_; }
  std::vector<EntryPart> parts() const override { return {codes_part()}; }
  std::vector<std::uint8_t> shared() const override {
    std::vector<std::uint8_t> bytes;
    ByteWriter writer(bytes);
    for (const kernels::ValueRange& range : ranges_) {
      if (!zero_exact_) writer.value(range.lo);
      writer.value(range.hi);
    }
    return bytes;
  }

  void encode(ConstRows in, Rows, EntryBatch& section) const override {
    if (zero_exact_) check_not_negative(in);
    std::uint8_t* bytes = section.append(in.count, code_bytes_);
    std::vector<std::uint8_t> codes(static_cast<std::size_t>(width_));
    for (std::int64_t i = 0; i < in.count; ++i) {
      for (std::size_t c = 0; c < ranges_.size(); ++c) encode_channel(in.row(i), c, codes.data());
      kernels::pack(codes.data(), width_, bits_, bytes + i * code_bytes_);
    }
  }

  void decode(ConstRows, Rows out, std::vector<ByteReader>& readers) const override {
    std::vector<std::uint8_t> codes(static_cast<std::size_t>(width_));
    for (std::int64_t i = 0; i < out.count; ++i) {
      kernels::unpack(read_codes(readers[static_cast<std::size_t>(i)], i), width_, bits_, codes.data());
      bool good = true;
      for (std::size_t c = 0; c < ranges_.size(); ++c) good &= decode_channel(codes.data(), c, out.row(i));
      if (!good) throw_corrupt(i, "codes other than 0 in a channel that is constant");
    }
  }

 private:
  kernels::UniformQuantizer quantizer(std::size_t c) const {
    return kernels::make_uniform_quantizer(ranges_[c].lo, ranges_[c].hi, states_);
  }
  kernels::ZeroQuantizer zero_quantizer(std::size_t c) const {
    return kernels::make_zero_quantizer(ranges_[c].hi, states_);
  }

  void encode_channel(const float* row, std::size_t c, std::uint8_t* codes) const {
    const auto pack_with = [&](const auto& code_of) {
      const std::int64_t begin = static_cast<std::int64_t>(c) * plane_;
      for (std::int64_t j = begin; j < begin + plane_; ++j)
        codes[j] = static_cast<std::uint8_t>(code_of(row[j]));
    };
    if (zero_exact_)
      pack_with([q = zero_quantizer(c)](float value) { return kernels::zero_code(q, value); });
    else
      pack_with([q = quantizer(c)](float value) { return kernels::uniform_code(q, value); });
  }

  // False when a constant channel has another code than 0.
  bool decode_channel(const std::uint8_t* codes, std::size_t c, float* row) const {
    const float* levels = &levels_[c << bits_];
    const std::int64_t begin = static_cast<std::int64_t>(c) * plane_;
    int any = 0;
    for (std::int64_t j = begin; j < begin + plane_; ++j) {
      row[j] = levels[codes[j]];
      any |= codes[j];
    }
    return any == 0 || ranges_[c].lo < ranges_[c].hi;
  }

  bool zero_exact_;
  std::int64_t plane_;
  std::vector<kernels::ValueRange> ranges_;  // by channel
  std::vector<float> levels_;                // 2^bits a channel
};

}  // namespace

std::unique_ptr<Stage> make_channel_stage(int states, const Domain& domain, bool zero_exact,
                                          ByteReader& learned) {
  std::vector<kernels::ValueRange> ranges(static_cast<std::size_t>(domain.shape[0]));
  for (kernels::ValueRange& range : ranges) {
    range.lo = zero_exact ? 0.0f : learned.value<float>();
    range.hi = learned.value<float>();
    if (!(range.lo <= range.hi) || !std::isfinite(range.hi - range.lo))
      throw CorruptEntry(fmt::format("the learned range of a channel is {} to {}", range.lo, range.hi));
  }
  return std::make_unique<ChannelStage>(states, domain, zero_exact, std::move(ranges));
}

std::vector<std::uint8_t> fit_channels(int states, const Domain& domain, bool zero_exact, ConstRows rows,
                                       Rng& rng) {
  const std::int64_t plane = domain.shape[1] * domain.shape[2];
  std::vector<std::uint8_t> learned;
  ByteWriter writer(learned);
  for (std::int64_t c = 0; c < domain.shape[0]; ++c) {
    const kernels::ValueRange range = least_error_range(
        sample_values(rows, c * plane, (c + 1) * plane, kMostChannelValues, rng), states, zero_exact);
    if (!zero_exact) writer.value(range.lo);
    writer.value(range.hi);
  }
  return learned;
}

}  // namespace packrat
