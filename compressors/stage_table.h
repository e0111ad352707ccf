#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "compressors/coder_factory.h"
#include "compressors/registry.h"
#include "compressors/stage_cost.h"
#include "compressors/stage_factory.h"

namespace packrat {

// The table of stages as the registry reads it; users of codecs include registry.h alone.

/// Bytes by first principles. Values out of range are UserErrors, as they are where the stage is made.
using StageCostFormula = StageCost (*)(const StageOptions&, const StageContext&);

/// A stage, or what ends a chain: all that is said of it, in its own file.
struct StageRow {
  StageInfo info;
  std::vector<OptionKey> keys;
  StageFactory make = nullptr;
  StageCostFormula cost = nullptr;         // null: entries differ in size
  StageFitter fit = nullptr;               // null: it never learns
  StageLearns learns = nullptr;            // whether it does with these options; null: always
  bool (*suits)(const Domain&) = nullptr;  // whether its examples can be built for the domain; null: always
  // What follows the stages instead of being one; it always learns, and its first key may be left out before
  // the value.
  CoderFactory make_coder = nullptr;
  CoderFitter fit_coder = nullptr;
  bool is_coder() const { return make_coder != nullptr; }
  bool has_to_learn(const StageOptions& options) const {
    return is_coder() || (fit != nullptr && (learns == nullptr || learns(options)));
  }
};

/// UserError that lists all when there is none of that name.
const StageRow& find_stage_row(std::string_view name);

/// The one list of stages.
const std::vector<StageRow>& stage_rows();

}  // namespace packrat
