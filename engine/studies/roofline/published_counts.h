#pragma once
#include <vector>

#include "engine/studies/roofline/published_network.h"
#include "engine/studies/roofline/table_check.h"

namespace packrat {

/// Published operations, parameters and intensities, counted again from layers (engine/topology):
///  - the energy study's 35 models by the rule thop-2020
///  - QuTiBench's CNV and MLP, and the parameters of its networks that are torchvision's
///  - QuTiBench's operations and intensities of the other networks, from its own listed figures
std::vector<TableCheck> check_published_counts(const std::vector<PublishedNetwork>& networks);

}  // namespace packrat
