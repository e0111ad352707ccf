#pragma once
#include <cstddef>
#include <utility>
#include <vector>

#include "engine/topology/network.h"

namespace packrat {

/// One layer's turn when a network runs. Values are numbered: 0 is the network's input, i + 1 the output of
/// layer i.
struct Turn {
  std::size_t place = 0;            ///< of the layer in its network
  std::vector<std::size_t> inputs;  ///< values
  bool overwrites = false;          ///< nobody else needs the first input: it may be changed in place
  std::vector<std::size_t> frees;   ///< values that nobody needs afterwards
};

/// The layers' turns, in their order. `kept`: layers whose outputs the caller wants as they are; the last one
/// is always kept.
std::vector<Turn> schedule(const Network& network, const std::vector<int>& kept = {});

/// Runs the turns: compute(turn, values) gives a layer's output. Returns all values that were kept, the
/// others empty.
template <typename Value, typename Compute>
std::vector<Value> run_schedule(const std::vector<Turn>& turns, Value input, const Compute& compute) {
  std::vector<Value> values(turns.size() + 1);
  values[0] = std::move(input);
  for (const Turn& turn : turns) {
    values[turn.place + 1] = compute(turn, values);
    for (const std::size_t value : turn.frees) values[value] = Value();
  }
  return values;
}

}  // namespace packrat
