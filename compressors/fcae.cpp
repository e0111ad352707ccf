// "fcae": a fully connected autoencoder (FORMAT.md, "Autoencoders").
#include <fmt/format.h>

#include "compressors/autoencoder/autoencoder_stage.h"
#include "compressors/stage_table.h"

namespace packrat {
namespace {

struct FcaeOptions {
  std::int64_t neurons, layers;
  std::string spec() const {
    return fmt::format("fcae:neurons={}{}", neurons, layers == 6 ? "" : fmt::format(",layers={}", layers));
  }
};

FcaeOptions read_fcae_options(const StageOptions& options, const StageContext& context) {
  check_comes_first(context, "fcae");
  return {options.integer("neurons", 1, 65536), options.integer("layers", 1, 64)};
}

std::vector<std::uint8_t> fit_fcae(const StageOptions& stage_options, const StageContext& context,
                                   const FittingRows& rows, const FittingOptions& options) {
  const FcaeOptions own = read_fcae_options(stage_options, context);
  const Autoencoder model = fcae_networks(context.width, own.neurons, own.layers);
  return learned_bytes(train_autoencoder(model, rows, options, training_task(own.spec(), context, options)));
}

std::unique_ptr<Stage> make_fcae_stage(const StageOptions& options, const StageContext& context,
                                       ByteReader& learned) {
  const FcaeOptions own = read_fcae_options(options, context);
  Autoencoder model = fcae_networks(context.width, own.neurons, own.layers);
  const std::vector<float> parameters = read_learned(learned, model.parameters());
  return std::make_unique<AutoencoderStage>(own.spec(), std::move(model), context.last, parameters);
}

/// Layers of widths w_0 .. w_L, which fall by one factor: encoder w_i w_(i+1) + w_(i+1), decoder w_(i+1) w_i
/// + w_i.
StageCost fcae_cost(const StageOptions& options, const StageContext& context) {
  const FcaeOptions own = read_fcae_options(options, context);
  const auto n = static_cast<double>(context.width);
  const double shrink =
      std::pow(static_cast<double>(own.neurons) / n, -1.0 / static_cast<double>(own.layers));
  std::vector<std::int64_t> width;
  for (std::int64_t i = 0; i < own.layers; ++i)
    width.push_back(std::llround(n / std::pow(shrink, static_cast<double>(i))));
  width.push_back(own.neurons);
  SharedBytes parameters;
  for (std::size_t i = 0; i + 1 < width.size(); ++i) {
    parameters.encoder += layer_parameters(width[i], width[i + 1], width[i + 1]);
    parameters.decoder += layer_parameters(width[i + 1], width[i], width[i]);
  }
  return network_cost(context, own.neurons, parameters);
}

}  // namespace

StageRow fcae_stage() {
  StageRow row;
  row.info = {
      "fcae",
      "neurons=1..65536, layers=1..64",
      "a fully connected autoencoder, learned; latents of so many values, for the next stage or as float32",
      {"fcae:neurons=2,layers=2", "fcae:neurons=3,layers=1|quantize:states=5,range=fit",
       "fcae:neurons=4,layers=2|float16"}};
  row.info.published = "fcae";
  row.keys = {{"neurons"}, {"layers", "6"}};
  row.make = make_fcae_stage;
  row.cost = fcae_cost;
  row.fit = fit_fcae;
  return row;
}

}  // namespace packrat
