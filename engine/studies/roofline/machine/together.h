#pragma once
#include <functional>

namespace packrat::machine {

/// Wall-clock time of a piece of work, and what part of it the threads were running: below 1, other programs
/// had the cores meanwhile.
struct Elapsed {
  double seconds = 0;
  double cpu_share = 0;  ///< CPU time of the process / (threads x seconds)
};

/// Runs body(0) .. body(threads-1) each on a thread of its own, all beginning together, until the last has
/// ended. body must not throw.
Elapsed run_together(int threads, const std::function<void(int)>& body);

}  // namespace packrat::machine
