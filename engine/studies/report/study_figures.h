#pragma once
#include "engine/report/figure.h"
#include "engine/report/table.h"
#include "engine/studies/regression/published_study.h"

namespace packrat {

// Published measurements of torchvision models against their operations: see engine/regression.

/// "error-operations": top-1 and top-5 error against GFLOPs, a colour a family of networks, with lines of the
/// published regressions.
Figure error_operations_figure(const PublishedStudy& study);

/// "energy-operations": energy of 10 000 inferences and of fine-tuning against GFLOPs, with the lines of all
/// models, of those without DenseNet, and of VGG.
Figure energy_operations_figure(const PublishedStudy& study);

/// "models": operations, parameters, errors and energies of the 35 models.
Table models_table(const PublishedStudy& study);

/// "fits": every published regression computed again, its errors as they were printed and as they are.
Table fits_table(const PublishedStudy& study);

}  // namespace packrat
