#pragma once
#include <vector>

#include "engine/sweep/presets.h"

namespace packrat {

/// Grids of `packrat sparsify`.
std::vector<Preset> sparsify_presets();

}  // namespace packrat
