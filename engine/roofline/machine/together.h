#pragma once
#include <functional>

namespace packrat::machine {

/// Runs body(0) .. body(threads-1) each on a thread of its own, all beginning together, and returns the seconds
/// from their beginning to the end of the last. body must not throw.
double seconds_together(int threads, const std::function<void(int)>& body);

}  // namespace packrat::machine
