#pragma once
#include "engine/studies/sparsify/sparse_network.h"
#include "models/head.h"

namespace packrat {

/// The plan called "head", which stands in no table: what a cut leaves of a ResNet, its residual blocks and
/// batch norms, or an mlp (models/head.h), under the head's own names.
///
/// Of a convolution on tiny maps only the taps that an image ever meets are weights of the plan
/// (models/live_taps.h): behind block 3 four of nine, then one of nine. The others change nothing and are not
/// counted. A window with one place becomes a linear layer.
NetworkPlan head_plan(const HeadSpec& spec);

/// What head_state() gives, cut to the taps and shapes of that plan.
StateDict head_plan_weights(const HeadSpec& spec, const StateDict& state);

}  // namespace packrat
