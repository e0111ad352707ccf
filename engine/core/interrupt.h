#pragma once
#include <atomic>

namespace packrat {

/// Set by the program's handler for SIGINT and SIGTERM. Long work looks at it between pieces, keeps what it
/// has done and throws Interrupted.
inline std::atomic<bool>& stop_requested() {
  static std::atomic<bool> flag{false};
  return flag;
}

}  // namespace packrat
