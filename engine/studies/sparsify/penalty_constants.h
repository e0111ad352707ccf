#pragma once

namespace packrat {

/// height * s(-rate l - shift), s the logistic function: what two penalties add to softplus.
struct PenaltyBump {
  double height, rate, shift;
};

constexpr PenaltyBump kRealVdBump{0.63576, 1.48695, 1.87320};     // Molchanov et al. 2017
constexpr PenaltyBump kComplexVdBump{0.57810, 1.36526, 1.45926};  // Nazarov and Burnaev 2020
constexpr double kTinyModulus = 1e-12;                            // keeps log |mu| finite

}  // namespace packrat
