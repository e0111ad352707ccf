#pragma once
#include <filesystem>
#include <vector>

#include "engine/studies/pretraining/pretraining.h"
#include "engine/studies/pretraining/training_network.h"

namespace packrat {

/// How far pretraining has come.
struct PretrainState {
  std::int64_t step = 0;     ///< batches done, over all epochs
  double loss_of_epoch = 0;  ///< sum over the batches done of the running epoch
  std::vector<EpochResult> epochs;
  StateDict weights;                 ///< torchvision's names
  std::vector<at::Tensor> momentum;  ///< as TrainingNetwork::tensors() has them
};

/// All or nothing. `fingerprint`: recipe and data.
void save_pretraining(const std::filesystem::path& path, const PretrainState& state,
                      const std::string& fingerprint);

/// UserError when there is none, when it is damaged, and, with the first difference, when the fingerprint is
/// another.
PretrainState load_pretraining(const std::filesystem::path& path, const std::string& fingerprint);

}  // namespace packrat
