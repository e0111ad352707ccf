#include "engine/experiment/recipe.h"

#include "engine/core/error.h"
#include "engine/data/dataset_name.h"
#include "engine/experiment/run_options.h"
#include "engine/onnx/onnx_source.h"
#include "engine/topology/heads.h"

namespace packrat {
namespace {

/// A small head, trained fast: what 128 passes of the published one reach takes a tenth of the time.
RunConfig fast_defaults() {
  RunConfig fast;
  fast.backbone = "mlp_bn";
  fast.num_passes = 20;
  fast.batch_size = 128;
  fast.lr_schedule = "one_cycle";
  fast.maxlr = 0.1;
  fast.weight_decay = 5e-4;
  fast.regularization = "none";
  return fast;
}

}  // namespace

const RunConfig& defaults_of(const std::string& recipe) {
  static const RunConfig published, fast = fast_defaults();
  return recipe == "fast" ? fast : published;
}

void apply_recipe(RunConfig& config, const std::set<std::string>& given) {
  const RunConfig published, &defaults = defaults_of(config.recipe);
  for (const RunOption& option : run_options())
    std::visit(
        [&](auto field) {
          const bool of_recipe = defaults.*field != published.*field;
          if (of_recipe && given.count(option.name) == 0) config.*field = defaults.*field;
        },
        option.field);
}

std::string head_kind(const RunConfig& config) {
  if (config.backbone == "resnet" && names_onnx_file(config.encoder))
    throw UserError(
        "--backbone resnet is the encoder's own network, which an ONNX file does not name: give --backbone "
        "mlp_bn or mlp, or resnet18 or another with the --backbone_block behind which the file's maps stand");
  if (config.backbone == "resnet" && config.encoder != "none") return find_encoder(config.encoder).name();
  return parse_head_kind(config.backbone);
}

std::string head_begins_after(const RunConfig& config) {
  if (names_features(config.dataset) || names_onnx_file(config.encoder))
    return config.backbone_block.empty() ? "0" : config.backbone_block;
  return config.encoder == "none" ? "0" : config.encoding_block;
}

bool head_takes_any_maps(const RunConfig& config) {
  return takes_any_maps(config.backbone);
}

}  // namespace packrat
