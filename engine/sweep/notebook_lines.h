#pragma once
#include <string>
#include <vector>

#include "engine/sweep/run_kind.h"

namespace packrat {

/// A run as a line of the FETCH notebooks.
struct NotebookLine {
  std::string name;                ///< --exp_name: "cifar100_m10_cutr34_3_thinning50_splitr34_3__s0"
  std::vector<std::string> words;  ///< behind `packrat run`, or behind the published `python3 src/main.py`
};

/// The runs under the notebooks' names and in their order: no codec, thinning, quantization, convolutional,
/// fully connected and variational autoencoder; of each those behind an encoder first, but for quantization,
/// where they are told apart at each number of slots; then by slots. Words are options of the published
/// scripts alone, in the order of their help. What the scripts do in every run (raw test features) takes no
/// option.
/// --log_dir is given when `log_dir` is not empty. UserError for a run that the scripts cannot do, or the
/// notebooks have no name for: it names the option.
std::vector<NotebookLine> notebook_lines(const std::vector<PlannedRun>& runs, const std::string& log_dir);

}  // namespace packrat
