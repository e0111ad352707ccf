// "codebook": the k levels of least squared error, learned once and stored once (FORMAT.md, "Learned
// levels").
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>

#include "compressors/code_stage.h"
#include "compressors/device_form.h"
#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/level_codes.h"
#include "compressors/least_error_levels.h"
#include "compressors/least_error_range.h"
#include "compressors/stage_table.h"

namespace packrat {
namespace {

constexpr std::int64_t kMostCodebookValues = 1 << 18;  // that the levels are learned from

class CodebookStage final : public CodeStage {
 public:
  CodebookStage(std::int64_t width, std::vector<float> levels)
      : CodeStage(static_cast<int>(levels.size()), width), levels_(std::move(levels)) {
    boundaries_.fill(std::numeric_limits<float>::infinity());
    for (std::size_t i = 1; i < levels_.size(); ++i) boundaries_[i - 1] = levels_[i - 1] / 2 + levels_[i] / 2;
    // codes that no encoder writes read some value, not foreign memory
    levels_.resize(std::size_t{1} << bits_);
  }

  std::string spec() const override { return fmt::format("codebook:states={}", states_); }
  std::optional<std::int64_t> section_bytes() const override { return code_bytes_; }
  std::vector<EntryPart> parts() const override { return {codes_part()}; }
  std::vector<std::uint8_t> shared() const override {
    std::vector<std::uint8_t> bytes;
    ByteWriter(bytes).bytes(levels_.data(), static_cast<std::size_t>(states_) * sizeof(float));
    return bytes;
  }

  void encode(ConstRows in, Rows, EntryBatch& section) const override {
    std::uint8_t* bytes = section.append(in.count, code_bytes_);
    for (std::int64_t i = 0; i < in.count; ++i)
      kernels::boundary_pack(in.row(i), width_, bits_, boundaries_.data(), bytes + i * code_bytes_);
  }
  void decode(ConstRows, Rows out, std::vector<ByteReader>& readers) const override {
    for (std::int64_t i = 0; i < out.count; ++i)
      kernels::unpack_lookup(read_codes(readers[static_cast<std::size_t>(i)], i), width_, bits_,
                             levels_.data(), out.row(i));
  }
  std::optional<DeviceForm> device_form() const override {
    return DeviceForm{{kernels::cuda::Form::kTable, width_, states_}, levels_};
  }

 private:
  std::vector<float> levels_;                                // ascending; 2^bits
  std::array<float, 1 << kernels::kMaxWidth> boundaries_{};  // halfway between two levels
};

int states_of(const StageOptions& options) {
  options.choice("range", {"fit"});
  return static_cast<int>(options.integer("states", 2, 256));
}

std::vector<std::uint8_t> fit_codebook(const StageOptions& options, const StageContext& context,
                                       const FittingRows& rows, const FittingOptions& fitting) {
  Rng rng = Rng(fitting.seed).fork("codebook", static_cast<std::uint64_t>(context.position));
  const int states = states_of(options);
  const std::vector<float> levels =
      least_error_levels(sample_values(rows.train, 0, context.width, kMostCodebookValues, rng), states);
  if (levels.size() != static_cast<std::size_t>(states))
    throw UserError(
        fmt::format("codec stage '{}' (codebook) found {} different values in {} rows, too few for {} "
                    "states: give more or other rows to learn from, or fewer states",
                    context.position + 1, levels.size(), rows.train.count, states));
  std::vector<std::uint8_t> learned;
  ByteWriter(learned).bytes(levels.data(), levels.size() * sizeof(float));
  return learned;
}

std::unique_ptr<Stage> make_codebook_stage(const StageOptions& options, const StageContext& context,
                                           ByteReader& learned) {
  if (!context.last)
    throw UserError("codec stage 'codebook' turns values into codes, so no stage can follow it: put it last");
  std::vector<float> levels(static_cast<std::size_t>(states_of(options)));
  for (std::size_t i = 0; i < levels.size(); ++i) {
    levels[i] = learned.value<float>();
    if (!std::isfinite(levels[i]) || (i > 0 && !(levels[i - 1] < levels[i])))
      throw CorruptEntry("the learned levels do not ascend");
  }
  return std::make_unique<CodebookStage>(context.width, std::move(levels));
}

/// Codes, and k float32 levels.
StageCost codebook_cost(const StageOptions& options, const StageContext& context) {
  const std::int64_t states = states_of(options);
  StageCost cost;
  cost.values = bytes_for(context.width * bits_for(states));
  cost.shared.other = 4 * states;
  return cost;
}

}  // namespace

StageRow codebook_stage() {
  StageRow row;
  row.info = {"codebook",
              "states=2..256, range=fit",
              "the nearest of learned levels, those of least squared error; codes packed without gaps",
              {"codebook:states=2", "codebook:states=5", "codebook:states=16"}};
  row.keys = {{"states"}, {"range", "fit"}};
  row.make = make_codebook_stage;
  row.cost = codebook_cost;
  row.fit = fit_codebook;
  return row;
}

}  // namespace packrat
