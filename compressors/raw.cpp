// "none": every value as it is.
#include <fmt/format.h>

#include "compressors/device_form.h"
#include "compressors/stage_table.h"
#include "compressors/value_coder.h"

namespace packrat {
namespace {

class RawStage final : public Stage {
 public:
  explicit RawStage(const Domain& domain)
      : coder_(domain), width_(domain.values()), bytes_(width_ * coder_.value_bytes()) {}

  std::string spec() const override { return "none"; }
  std::int64_t width_out() const override { return 0; }
  std::optional<std::int64_t> section_bytes() const override { return bytes_; }
  std::vector<EntryPart> parts() const override {
    return {{Part::kValues, "values", bytes_, {0, 8, static_cast<int>(coder_.value_bytes())}}};
  }

  void encode(ConstRows in, Rows, EntryBatch& section) const override {
    std::uint8_t* bytes = section.append(in.count, bytes_);
    for (std::int64_t i = 0; i < in.count; ++i) coder_.write_row(in.row(i), width_, bytes + i * bytes_);
  }
  void decode(ConstRows, Rows out, std::vector<ByteReader>& readers) const override {
    for (std::int64_t i = 0; i < out.count; ++i) {
      const std::uint8_t* bytes =
          readers[static_cast<std::size_t>(i)].bytes(static_cast<std::size_t>(bytes_));
      if (!coder_.read_row(bytes, width_, out.row(i)))
        throw CorruptEntry(fmt::format("entry {} of the batch holds NaN or infinity", i));
    }
  }
  std::optional<DeviceForm> device_form() const override {
    if (coder_.value_bytes() != sizeof(float)) return std::nullopt;
    return DeviceForm{{kernels::cuda::Form::kFloat32, width_}, {}};
  }

 private:
  ValueCoder coder_;
  std::int64_t width_, bytes_;
};

std::unique_ptr<Stage> make_raw_stage(const StageOptions&, const StageContext& context, ByteReader&) {
  if (!context.first || !context.last)
    throw UserError(
        "codec stage 'none' keeps values as they are and stands alone: leave it out of the chain");
  return std::make_unique<RawStage>(context.domain);
}

StageCost raw_cost(const StageOptions&, const StageContext& context) {
  return {context.width * value_bytes(context.domain)};
}

}  // namespace

StageRow none_stage() {
  StageRow row;
  row.info = {"none", "", "every value as it is: float32, or uint8 for pixels", {"none"}};
  row.info.published = "none";
  row.make = make_raw_stage;
  row.cost = raw_cost;
  return row;
}

}  // namespace packrat
