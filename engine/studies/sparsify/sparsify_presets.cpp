#include "engine/studies/sparsify/sparsify_presets.h"

namespace packrat {
namespace {

// Compressions from about 2 to 600; the weights C are of the published grid 1.5 * 2^(j/2 - 19).
const std::string kSparsifyFashion = R"(command = "sparsify"
dataset = "fashion-mnist"
method = ["vd", "ard"]
C = [0.0117, 0.047, 0.188, 0.75]
seed = 0

[[grid]]
model = ["simpleconv", "twolayerdense"]

[[grid]]
model = "simpleconv"
complex = true
)";

// The published question: how many epochs before early stopping ends fine-tuning, by C. Scores are accuracies
// here, of which half a point stands for the published 0.02 of average precision.
const std::string kSparsifyEarlyStop = R"(command = "sparsify"
dataset = "fashion-mnist"
model = "simpleconv"
method = ["vd", "ard"]
C = [0.0007, 0.0029, 0.0117, 0.047, 0.188, 0.75]
seed = [0, 1, 2]
early_stop = "fine-tune"
atol = 0.005
)";

}  // namespace

std::vector<Preset> sparsify_presets() {
  return {{"sparsify-fashion", "Fashion-MNIST: variational dropout and relevance, three networks, four C",
           kSparsifyFashion},
          {"sparsify-early-stop", "Fashion-MNIST: epochs until early stopping by C; three seeds",
           kSparsifyEarlyStop}};
}

}  // namespace packrat
