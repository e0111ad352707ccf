// "float16" and "bfloat16": two bytes a value, the plain baseline (FORMAT.md, "Half precision").
#include "compressors/kernels/half.h"

#include <fmt/format.h>

#include "compressors/device_form.h"
#include "compressors/stage_table.h"

namespace packrat {
namespace {

struct HalfFormat {
  const char* name;
  const char* greatest;
  bool (*write)(const float*, std::int64_t, std::uint8_t*);
  bool (*read)(const std::uint8_t*, std::int64_t, float*);
  kernels::cuda::Form form;
};
constexpr HalfFormat kFloat16{"float16", "65504", kernels::to_float16, kernels::from_float16,
                              kernels::cuda::Form::kFloat16};
constexpr HalfFormat kBfloat16{"bfloat16", "3.3895e38", kernels::to_bfloat16, kernels::from_bfloat16,
                               kernels::cuda::Form::kBfloat16};

class HalfStage final : public Stage {
 public:
  HalfStage(const HalfFormat& format, std::int64_t width) : format_(format), width_(width) {}

  std::string spec() const override { return format_.name; }
  std::int64_t width_out() const override { return 0; }
  std::optional<std::int64_t> section_bytes() const override { return 2 * width_; }
  std::vector<EntryPart> parts() const override { return {{Part::kValues, "values", 2 * width_, {0, 8, 2}}}; }

  void encode(ConstRows in, Rows, EntryBatch& section) const override {
    std::uint8_t* bytes = section.append(in.count, 2 * width_);
    for (std::int64_t i = 0; i < in.count; ++i)
      if (!format_.write(in.row(i), width_, bytes + i * 2 * width_))
        throw UserError(
            fmt::format("image {} of the batch holds a value beyond {}, the greatest {}: scale the features "
                        "down or choose another codec",
                        i, format_.greatest, format_.name));
  }
  void decode(ConstRows, Rows out, std::vector<ByteReader>& readers) const override {
    for (std::int64_t i = 0; i < out.count; ++i)
      if (!format_.read(readers[static_cast<std::size_t>(i)].bytes(static_cast<std::size_t>(2 * width_)),
                        width_, out.row(i)))
        throw CorruptEntry(fmt::format("entry {} of the batch holds NaN or infinity", i));
  }
  std::optional<DeviceForm> device_form() const override { return DeviceForm{{format_.form, width_}, {}}; }

 private:
  const HalfFormat& format_;
  std::int64_t width_;
};

std::unique_ptr<Stage> make(const HalfFormat& format, const StageContext& context) {
  if (!context.last)
    throw UserError(fmt::format("codec stage '{}' stores every value, so no stage can follow it: put it last",
                                format.name));
  return std::make_unique<HalfStage>(format, context.width);
}

std::unique_ptr<Stage> make_float16_stage(const StageOptions&, const StageContext& context, ByteReader&) {
  return make(kFloat16, context);
}
std::unique_ptr<Stage> make_bfloat16_stage(const StageOptions&, const StageContext& context, ByteReader&) {
  return make(kBfloat16, context);
}

StageCost half_cost(const StageOptions&, const StageContext& context) {
  return {2 * context.width};
}

StageRow half_stage(const char* name, const char* summary, StageFactory make) {
  StageRow row;
  row.info = {name, "", summary, {name}};
  row.make = make;
  row.cost = half_cost;
  return row;
}

}  // namespace

StageRow float16_stage() {
  return half_stage("float16", "two bytes a value, IEEE half precision", make_float16_stage);
}

StageRow bfloat16_stage() {
  return half_stage("bfloat16", "two bytes a value, the upper half of a float32", make_bfloat16_stage);
}

}  // namespace packrat
