#pragma once
#include <string>
#include <vector>

#include "compressors/coder_factory.h"
#include "compressors/registry.h"
#include "compressors/stage_factory.h"

namespace packrat {

// The table of stages as the registry reads it; users of codecs include registry.h alone.

/// A stage, or what ends a chain.
struct StageRow {
  StageInfo info;
  std::vector<OptionKey> keys;
  StageFactory make;
  StageLearns learns = nullptr;  // null: never
  StageFitter fit = nullptr;
  bool (*suits)(const Domain&) = nullptr;  // whether its examples can be built for the domain; null: always
  // What follows the stages instead of being one; it always learns, and its first key may be left out before
  // the value.
  CoderFactory make_coder = nullptr;
  CoderFitter fit_coder = nullptr;
  bool is_coder() const { return make_coder != nullptr; }
};

/// The one list of stages.
const std::vector<StageRow>& stage_rows();

}  // namespace packrat
