#include "models/schedule.h"

#include <algorithm>

#include "engine/topology/part.h"

namespace packrat {

std::vector<Turn> schedule(const Network& network, const std::vector<int>& kept) {
  std::vector<int> uses = layer_uses(network);
  for (const int layer : kept) ++uses.at(static_cast<std::size_t>(layer));
  std::vector<int> left = uses;
  std::vector<Turn> turns;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    Turn turn;
    turn.place = i;
    for (const int input : network.layers[i].inputs) {
      turn.inputs.push_back(static_cast<std::size_t>(input + 1));
      if (input == kNetworkInput) continue;
      if (--left[static_cast<std::size_t>(input)] == 0) turn.frees.push_back(turn.inputs.back());
    }
    const int first = network.layers[i].inputs[0];
    turn.overwrites = first != kNetworkInput && uses[static_cast<std::size_t>(first)] == 1;
    turns.push_back(std::move(turn));
  }
  return turns;
}

}  // namespace packrat
