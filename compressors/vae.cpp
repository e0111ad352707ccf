// "vae": a variational autoencoder of values between 0 and 1 (FORMAT.md, "Autoencoders"; Kingma and Welling
// 2014).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compressors/autoencoder/autoencoder_stage.h"
#include "compressors/kernels/half.h"
#include "compressors/kernels/quantize.h"
#include "compressors/stage_table.h"
#include "compressors/transfer_rule.h"
#include "engine/core/files.h"

namespace packrat {
namespace {

struct VaeOptions {
  std::int64_t latent, width;
  bool samples;
  std::string spec() const {
    return fmt::format("vae:latent={}{}{}", latent, width == 400 ? "" : fmt::format(",width={}", width),
                       samples ? ",store=sample" : "");
  }
};

VaeOptions read_vae_options(const StageOptions& options, const StageContext& context) {
  check_comes_first(context, "vae");
  return {options.integer("latent", 1, 65536), options.integer("width", 1, 65536),
          options.choice("store", {"mean", "sample"}) == "sample"};
}

/// Between values of a row and numbers from 0 to 1, channel by channel: p/255 of a pixel, or the place of a
/// feature in a range that was learned.
class UnitScale {
 public:
  UnitScale(const Domain& domain, kernels::ValueRange range) : plane_(domain.shape[1] * domain.shape[2]) {
    for (std::size_t c = 0; c < static_cast<std::size_t>(domain.shape[0]); ++c) {
      scale_.push_back(domain.pixels ? domain.std[c] : range.hi - range.lo);
      shift_.push_back(domain.pixels ? domain.mean[c] : -range.lo / (range.hi - range.lo));
      if (!domain.pixels) scale_.back() = 1 / scale_.back();
    }
  }

  void to_unit(const float* row, float* unit) const {
    for (std::size_t c = 0; c < scale_.size(); ++c)
      for (std::int64_t i = 0; i < plane_; ++i)
        *unit++ = std::clamp(*row++ * scale_[c] + shift_[c], 0.0f, 1.0f);
  }
  /// From logits, in place.
  void from_logits(float* row) const {
    for (std::size_t c = 0; c < scale_.size(); ++c)
      for (std::int64_t i = 0; i < plane_; ++i, ++row)
        *row = (1 / (1 + std::exp(-*row)) - shift_[c]) / scale_[c];
  }

 private:
  std::int64_t plane_;
  std::vector<float> scale_, shift_;  // by channel
};

/// Float32 values that it learns beside its weights: the range of features.
std::vector<float> range_values(const Domain& domain, kernels::ValueRange range) {
  return domain.pixels ? std::vector<float>{} : std::vector<float>{range.lo, range.hi};
}

class VaeStage final : public AutoencoderStage {
 public:
  VaeStage(const VaeOptions& options, Autoencoder model, bool stores_latents,
           const std::vector<float>& parameters, const Domain& domain, kernels::ValueRange range)
      : AutoencoderStage(options.spec(), std::move(model), stores_latents, parameters),
        samples_(options.samples),
        range_(range_values(domain, range)),
        scale_(domain, range) {}

  std::vector<std::uint8_t> shared() const override {
    std::vector<std::uint8_t> bytes = AutoencoderStage::shared();
    ByteWriter(bytes).bytes(range_.data(), range_.size() * sizeof(float));
    return bytes;
  }
  SharedBytes shared_bytes() const override {
    SharedBytes bytes = AutoencoderStage::shared_bytes();
    bytes.other = static_cast<std::int64_t>(range_.size() * sizeof(float));
    return bytes;
  }

 private:
  ConstRows prepared(ConstRows in, Rows room) const override {
    for (std::int64_t i = 0; i < in.count; ++i) scale_.to_unit(in.row(i), room.row(i));
    return room;
  }

  void find_latents(ConstRows codes, Rows latents) const override {
    for (std::int64_t i = 0; i < codes.count; ++i) {
      std::copy(codes.row(i), codes.row(i) + latents.width, latents.row(i));
      if (samples_) add_noise(codes.row(i), latents.row(i), latents.width);
    }
  }
  void restore(float* row) const override { scale_.from_logits(row); }

  /// The draw follows from the image itself, so that it is the same alone and in any batch.
  static void add_noise(const float* code, float* latent, std::int64_t width) {
    Rng noise(checksum(
        {reinterpret_cast<const std::uint8_t*>(code), static_cast<std::size_t>(width) * sizeof(float)}));
    for (std::int64_t j = 0; j < width; ++j)
      latent[j] += std::exp(code[width + j] / 2) * static_cast<float>(noise.normal());
  }

  bool samples_;
  std::vector<float> range_;
  UnitScale scale_;
};

/// The rows' extremes, as half precision holds them.
kernels::ValueRange learn_range(ConstRows rows) {
  const kernels::ValueRange found = kernels::value_range(rows.data, rows.count * rows.width);
  float extremes[2] = {found.lo, found.hi};
  std::uint8_t half[4];
  const bool fits = kernels::to_float16(extremes, 2, half) && kernels::from_float16(half, 2, extremes);
  if (!fits || !is_range({extremes[0], extremes[1]}))
    throw UserError(
        fmt::format("codec stage 'vae' found values from {} to {} in {} rows: give other rows to learn from",
                    found.lo, found.hi, rows.count));
  return {extremes[0], extremes[1]};
}

std::vector<std::uint8_t> fit_vae(const StageOptions& stage_options, const StageContext& context,
                                  const FittingRows& rows, const FittingOptions& options) {
  const VaeOptions own = read_vae_options(stage_options, context);
  const Autoencoder model = vae_networks(context.width, own.latent, own.width);
  kernels::ValueRange range{};
  if (!context.domain.pixels) range = learn_range(rows.train);
  const UnitScale scale(context.domain, range);
  TrainingTask task = training_task(own.spec(), context, options);
  task.prepare = [&scale](const float* row, float* unit) { scale.to_unit(row, unit); };
  std::vector<float> learned = train_autoencoder(model, rows, options, task);
  for (const float value : range_values(context.domain, range)) learned.push_back(value);
  return learned_bytes(learned);
}

std::unique_ptr<Stage> make_vae_stage(const StageOptions& options, const StageContext& context,
                                      ByteReader& learned) {
  const VaeOptions own = read_vae_options(options, context);
  Autoencoder model = vae_networks(context.width, own.latent, own.width);
  const std::vector<float> parameters = read_learned(learned, model.parameters());
  kernels::ValueRange range{};
  if (!context.domain.pixels) {
    range = learned.value<kernels::ValueRange>();
    if (!is_range(range))
      throw CorruptEntry(fmt::format("the learned range is {} to {}", range.lo, range.hi));
  }
  return std::make_unique<VaeStage>(own, std::move(model), context.last, parameters, context.domain, range);
}

/// Width w, latent z: encoder n w + w, 2 (w z + z); decoder z w + w, w n + n; of features also the two values
/// that scale them to 0..1.
StageCost vae_cost(const StageOptions& options, const StageContext& context) {
  const VaeOptions own = read_vae_options(options, context);
  const std::int64_t n = context.width, w = own.width, z = own.latent;
  SharedBytes parameters;
  parameters.encoder = layer_parameters(n, w, w) + 2 * layer_parameters(w, z, z);
  parameters.decoder = layer_parameters(z, w, w) + layer_parameters(w, n, n);
  parameters.other = context.domain.pixels ? 0 : 2;
  return network_cost(context, z, parameters);
}

}  // namespace

StageRow vae_stage() {
  StageRow row;
  row.info = {
      "vae",
      "latent=1..65536, width=1..65536, store=mean|sample",
      "a variational autoencoder, learned; latents of so many values, for the next stage or as float32",
      {"vae:latent=2,width=8", "vae:latent=3,width=8,store=sample",
       "vae:latent=2,width=8|quantize:states=16,range=fit"}};
  row.info.published = "vae";
  row.keys = {{"latent"}, {"width", "400"}, {"store", "mean"}};
  row.make = make_vae_stage;
  row.cost = vae_cost;
  row.fit = fit_vae;
  return row;
}

}  // namespace packrat
