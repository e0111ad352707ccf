#pragma once
#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/core/option.h"
#include "engine/studies/sparsify/recipe.h"

namespace packrat {

/// Every option of `packrat sparsify` that a grid may vary.
struct SparsifyConfig {
  SparsifyRecipe recipe;
  std::string dataset = "fashion-mnist", data_dir = "data";
  std::string dense_cache;  ///< empty: DATA_DIR/dense
  std::int64_t train_images = 10000;
};

/// The model that is the trained head of a run (head_plan.h).
inline constexpr std::string_view kHeadModel = "head";

/// What holds for a model when nothing else is said: a head is taken as it is (no dense epochs), on all
/// entries of its buffer and the data set of its run.
SparsifyConfig default_config(const std::string& model);

/// By stage: whether it may end early. As text "sparsify,fine-tune", or "none".
using EarlyStages = std::array<bool, 3>;

/// Where an option's value lies in a configuration.
using SparsifyField = std::variant<std::string& (*)(SparsifyConfig&), double& (*)(SparsifyConfig&),
                                   std::int64_t& (*)(SparsifyConfig&), std::uint64_t& (*)(SparsifyConfig&),
                                   bool& (*)(SparsifyConfig&), EarlyStages& (*)(SparsifyConfig&)>;

/// A row of the one table of options of `packrat sparsify`.
struct SparsifyOption : Option<SparsifyField> {
  bool placed = false;  ///< always part of a run's name; others follow there when they are changed
  /// The first stage that it decides; nullopt: of the images, or of a stage's own line in recipe_text().
  std::optional<SparsifyStage> stage = std::nullopt;

  std::string list = {};  ///< of stored_options(): the list by stage that the value is in

  bool is_flag() const { return std::holds_alternative<bool& (*)(SparsifyConfig&)>(field); }
};
const std::vector<SparsifyOption>& sparsify_options();
/// UserError when there is none of that name.
const SparsifyOption& find_sparsify_option(const std::string& name);

/// UserError that names the option and a value of its type when `text` is none.
void set_option(const SparsifyOption& option, const std::string& text, SparsifyConfig& config);

/// A value as text: 0.047, true, "sparsify,fine-tune". Doubles print as the shortest text that reads back the
/// same.
std::string value_text(const SparsifyOption& option, const SparsifyConfig& config);

/// The options that decide the result, as the files of a run keep them: epochs and early_stop are lists by
/// stage, and kl_scale is the factor itself.
nlohmann::ordered_json stored_options(const SparsifyConfig& config);

/// A name for the run's folder that tells runs apart: "simpleconv-fashion-mnist-complex-vd-C0.047-seed0", and
/// every other option that changes results and was changed from default_config(): "..._patience-10".
std::string default_run_name(const SparsifyConfig& config);

}  // namespace packrat
