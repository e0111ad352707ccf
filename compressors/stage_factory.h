#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "compressors/codec.h"
#include "compressors/fitting.h"
#include "compressors/spec_options.h"

namespace packrat {

/// What the author of a stage needs to write its factory; users of codecs include registry.h alone.

/// Where a stage stands in its chain.
struct StageContext {
  Domain domain;
  std::int64_t width = 0;  ///< values per row that reach the stage
  bool first = true;       ///< rows are whole feature maps or images: value i is element i of `domain`
  bool last = true;        ///< no stage follows, so this one writes all that is left
  int position = 0;        ///< in the chain, from 0
};

/// Builds a stage. `learned` is what Stage::shared() of an equal stage gave: a stage that learns reads it,
/// and it alone; others ignore it. Bytes that no stage gave throw CorruptEntry. The registry calls a learning
/// stage's factory only with something to read.
using StageFactory = std::unique_ptr<Stage> (*)(const StageOptions&, const StageContext&,
                                                ByteReader& learned);

/// Whether a stage with these options has anything to learn.
using StageLearns = bool (*)(const StageOptions&);

/// Learns from rows of context.width values (what the stages before hand on) and returns what shared() of the
/// finished stage gives. Deterministic in the rows and options.seed. Throws Interrupted when
/// stop_requested().
using StageFitter = std::vector<std::uint8_t> (*)(const StageOptions&, const StageContext&,
                                                  const FittingRows&, const FittingOptions&);

}  // namespace packrat
