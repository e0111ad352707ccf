// "fcae": a fully connected autoencoder (FORMAT.md, "Autoencoders").
#include <fmt/format.h>

#include "compressors/autoencoder/autoencoder_stage.h"

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

}  // namespace

bool fcae_learns(const StageOptions&) {
  return true;
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

}  // namespace packrat
