// "quantize:...,zero=exact": state 0 is 0, the others share the positive range (FORMAT.md, "Exact zero").
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "compressors/code_stage.h"
#include "compressors/device_form.h"
#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/level_codes.h"
#include "compressors/quantize_stages.h"

namespace packrat {
namespace {

using kernels::ZeroQuantizer;
using Levels = std::array<float, 1 << kernels::kMaxWidth>;

Levels levels_of(const ZeroQuantizer& q) {
  Levels levels{};
  kernels::fill_zero_levels(q, levels.data());
  return levels;
}

class LocalZeroStage final : public CodeStage {
 public:
  using CodeStage::CodeStage;

  std::string spec() const override {
    return fmt::format("quantize:states={},range=local,zero=exact", states_);
  }
  std::optional<std::int64_t> section_bytes() const override { return kHiBytes + code_bytes_; }
  std::vector<EntryPart> parts() const override {
    return {{Part::kSide, "hi", kHiBytes, {0, 8, kHiBytes}}, codes_part()};
  }

  void encode(ConstRows in, Rows, EntryBatch& section) const override {
    check_not_negative(in);
    std::uint8_t* bytes = section.append(in.count, kHiBytes + code_bytes_);
    for (std::int64_t i = 0; i < in.count; ++i, bytes += kHiBytes + code_bytes_) {
      const float hi = kernels::value_range(in.row(i), width_).hi;
      std::memcpy(bytes, &hi, kHiBytes);
      kernels::zero_quantize_pack(in.row(i), width_, kernels::make_zero_quantizer(hi, states_),
                                  bytes + kHiBytes);
    }
  }

  void decode(ConstRows, Rows out, std::vector<ByteReader>& readers) const override {
    for (std::int64_t i = 0; i < out.count; ++i) {
      ByteReader& reader = readers[static_cast<std::size_t>(i)];
      const auto hi = reader.value<float>();
      if (!(hi >= 0) || !std::isfinite(hi)) throw_corrupt(i, fmt::format("the range 0 to {}", hi));
      const std::uint8_t* packed = read_codes(reader, i);
      if (hi == 0 && std::any_of(packed, packed + code_bytes_, [](int byte) { return byte != 0; }))
        throw_corrupt(i, "codes other than 0 in a map of zeros");
      kernels::unpack_lookup(packed, width_, bits_,
                             levels_of(kernels::make_zero_quantizer(hi, states_)).data(), out.row(i));
    }
  }

 private:
  static constexpr std::int64_t kHiBytes = sizeof(float);
};

class FixedZeroStage final : public CodeStage {
 public:
  FixedZeroStage(int states, std::int64_t width, float hi, std::string range)
      : CodeStage(states, width),
        quantizer_(kernels::make_zero_quantizer(hi, states)),
        levels_(levels_of(quantizer_)),
        range_(std::move(range)) {}

  std::string spec() const override {
    return fmt::format("quantize:states={},range={},zero=exact", states_, range_);
  }
  std::optional<std::int64_t> section_bytes() const override { return code_bytes_; }
  std::vector<EntryPart> parts() const override { return {codes_part()}; }
  std::vector<std::uint8_t> shared() const override {
    std::vector<std::uint8_t> bytes(sizeof quantizer_.bins.hi);
    std::memcpy(bytes.data(), &quantizer_.bins.hi, bytes.size());
    return bytes;
  }

  void encode(ConstRows in, Rows, EntryBatch& section) const override {
    check_not_negative(in);
    std::uint8_t* bytes = section.append(in.count, code_bytes_);
    for (std::int64_t i = 0; i < in.count; ++i)
      kernels::zero_quantize_pack(in.row(i), width_, quantizer_, bytes + i * code_bytes_);
  }
  void decode(ConstRows, Rows out, std::vector<ByteReader>& readers) const override {
    for (std::int64_t i = 0; i < out.count; ++i)
      kernels::unpack_lookup(read_codes(readers[static_cast<std::size_t>(i)], i), width_, bits_,
                             levels_.data(), out.row(i));
  }
  std::optional<DeviceForm> device_form() const override {
    return DeviceForm{{kernels::cuda::Form::kTable, width_, states_},
                      {levels_.begin(), levels_.begin() + (1 << bits_)}};
  }

 private:
  ZeroQuantizer quantizer_;
  Levels levels_;
  std::string range_;
};

}  // namespace

void check_not_negative(ConstRows rows) {
  for (std::int64_t i = 0; i < rows.count; ++i) {
    const float lo = kernels::value_range(rows.row(i), rows.width).lo;
    if (lo < 0)
      throw UserError(
          fmt::format("image {} of the batch holds {}, and zero=exact is for maps without negative values: "
                      "quantize without it",
                      i, lo));
  }
}

std::unique_ptr<Stage> make_local_zero_stage(int states, std::int64_t width) {
  return std::make_unique<LocalZeroStage>(states, width);
}

std::unique_ptr<Stage> make_fixed_zero_stage(int states, std::int64_t width, float hi,
                                             const std::string& range) {
  return std::make_unique<FixedZeroStage>(states, width, hi, range);
}

}  // namespace packrat
