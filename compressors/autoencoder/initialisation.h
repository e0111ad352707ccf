#pragma once
#include "compressors/autoencoder/network.h"

namespace packrat {

/// Fresh parameters, the encoder's and behind them the decoder's, for rows like those of a sample [N,
/// encoder.width_in()].
///
/// Every layer's channels begin with mean 0 and deviation 1 on the sample, so that a ReLU lets half of it
/// pass (Mishkin and Matas, "All you need is a good init", ICLR 2016). The last one gives little more than
/// the mean of the rows. Else the first thing to learn were to silence what random units add to the output:
/// all weights of such a unit would move the same way, as features are never negative, each by Adam's full
/// step, and many units would be switched off for good.
std::vector<float> initial_parameters(const Autoencoder& model, ConstRows sample, Rng rng);

}  // namespace packrat
