#pragma once
#include <functional>
#include <string>

#include "compressors/autoencoder/network.h"
#include "compressors/fitting.h"

namespace packrat {

/// What to train, beside the options.
struct TrainingTask {
  std::string name;  ///< of the stage, such as "fcae:neurons=64": for progress, and so that no other's
                     ///< checkpoint is taken
  /// What becomes of a row before the network sees it, [encoder.width_in()] -> the same; empty: nothing.
  std::function<void(const float* row, float* prepared)> prepare;
  Rng rng;                           ///< of weights, order and noise
  std::filesystem::path checkpoint;  ///< empty: none is kept
};

/// Learns the parameters of an autoencoder, the encoder's and behind them the decoder's: Adam on the mean
/// squared error; variational ones on the evidence lower bound with a Bernoulli likelihood (Kingma and
/// Welling, ICLR 2014). After every epoch the loss on the held-out rows is taken; training ends when it has
/// not become better for options.patience epochs, and the best parameters are given back, rounded to values
/// that half precision holds exactly.
///
/// A batch is computed in two parts side by side, whose gradients are summed in a fixed order: the
/// same seed gives the same parameters for any number of threads, stopped and resumed or not.
///
/// UserError when the loss is no longer finite, and for a checkpoint that is damaged or belongs to other
/// options or rows. Interrupted, with the checkpoint written, when stop_requested().
std::vector<float> train_autoencoder(const Autoencoder& model, const FittingRows& rows,
                                     const FittingOptions& options, const TrainingTask& task);

}  // namespace packrat
