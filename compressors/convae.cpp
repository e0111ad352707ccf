// "convae": a convolutional autoencoder (FORMAT.md, "Autoencoders").
#include <fmt/format.h>

#include "compressors/autoencoder/autoencoder_stage.h"

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

}  // namespace

bool convae_learns(const StageOptions&) {
  return true;
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

}  // namespace packrat
