#pragma once
#include <time.h>

namespace packrat::bench {

/// What this process has had of the processors, in seconds: what else the machine does counts little in it.
inline double processor_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}  // namespace packrat::bench
