// "convae": a convolutional autoencoder (FORMAT.md, "Autoencoders").
#include <fmt/format.h>

#include "compressors/autoencoder/autoencoder_stage.h"
#include "compressors/stage_table.h"

namespace packrat {
namespace {

struct ConvaeOptions {
  std::int64_t channels, blocks;
  std::string spec() const {
    return fmt::format("convae:channels={}{}", channels,
                       blocks == 2 ? "" : fmt::format(",blocks={}", blocks));
  }
};

ConvaeOptions read_convae_options(const StageOptions& options, const StageContext& context) {
  check_comes_first(context, "convae");
  return {options.integer("channels", 1, 4096), options.integer("blocks", 2, 16)};
}

bool convae_suits(const Domain& domain) {
  return domain.shape[1] % 4 == 0 && domain.shape[2] % 4 == 0;
}

std::vector<std::uint8_t> fit_convae(const StageOptions& stage_options, const StageContext& context,
                                     const FittingRows& rows, const FittingOptions& options) {
  const ConvaeOptions own = read_convae_options(stage_options, context);
  const Autoencoder model = convae_networks(context.domain.shape, own.channels, own.blocks);
  return learned_bytes(train_autoencoder(model, rows, options, training_task(own.spec(), context, options)));
}

std::unique_ptr<Stage> make_convae_stage(const StageOptions& options, const StageContext& context,
                                         ByteReader& learned) {
  const ConvaeOptions own = read_convae_options(options, context);
  Autoencoder model = convae_networks(context.domain.shape, own.channels, own.blocks);
  const std::vector<float> parameters = read_learned(learned, model.parameters());
  return std::make_unique<AutoencoderStage>(own.spec(), std::move(model), context.last, parameters);
}

/// With c latent channels, C of the map, h = 3^2 taps and m = max(floor((c + C) / 2), 16), b blocks: encoder
/// h C m + m, b - 2 times h m m + m, h m c + c; decoder 4 c m + m, b - 2 times 4 m m + m, 4 m C + C.
StageCost convae_cost(const StageOptions& options, const StageContext& context) {
  const ConvaeOptions own = read_convae_options(options, context);
  const std::int64_t map = context.domain.shape[0];
  const std::int64_t middle = std::max<std::int64_t>((own.channels + map) / 2, 16);
  SharedBytes parameters;
  for (std::int64_t block = 0; block < own.blocks; ++block) {
    const bool first = block == 0, last = block + 1 == own.blocks;
    const std::int64_t narrow = last ? own.channels : middle, back = last ? map : middle;
    parameters.encoder += layer_parameters(9 * (first ? map : middle), narrow, narrow);
    parameters.decoder += layer_parameters(4 * (first ? own.channels : middle), back, back);
  }
  const std::int64_t positions = context.width / map, shrink = std::int64_t{1} << (2 * own.blocks);
  return network_cost(context, own.channels * positions / shrink, parameters);
}

}  // namespace

StageRow convae_stage() {
  StageRow row;
  row.info = {
      "convae",
      "channels=1..4096, blocks=2..16",
      "a convolutional autoencoder, learned; latents of so many channels, for the next stage or as float32",
      {"convae:channels=1", "convae:channels=2|quantize:states=16,range=fit"}};
  row.info.published = "convae";
  row.keys = {{"channels"}, {"blocks", "2"}};
  row.make = make_convae_stage;
  row.cost = convae_cost;
  row.fit = fit_convae;
  row.suits = convae_suits;
  return row;
}

}  // namespace packrat
