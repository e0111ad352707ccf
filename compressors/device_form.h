#pragma once
#include <vector>

#include "compressors/kernels/cuda/entry_form.h"

namespace packrat {

/// How the kernels for GPUs read a codec's entries.
struct DeviceForm {
  kernels::cuda::EntryForm form;  ///< its table is the one below, once that lies on the device
  std::vector<float> table;       ///< levels or centroids; empty for forms without
};

}  // namespace packrat
