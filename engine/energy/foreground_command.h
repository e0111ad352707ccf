#pragma once
#include <csignal>
#include <string>
#include <vector>

#include "engine/energy/integrate.h"

namespace packrat {

/// How a command ended, and when it ran.
struct CommandOutcome {
  int exit_code = 0;   ///< 128 + n when signal n ended it
  TimeSpan span;       ///< by the system's clock
  double seconds = 0;  ///< by the steady clock
};

/// While it lives, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 wait for run_in_foreground() to hand
/// them on. Threads made meanwhile leave them alone, too.
class HeldSignals {
 public:
  HeldSignals();
  ~HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  const sigset_t& held() const { return held_; }
  const sigset_t& before() const { return before_; }

 private:
  sigset_t held_, before_;
};

/// Runs a program found on PATH, without a shell, with this program's own input, outputs and folder, and
/// waits for it. A signal sent to this process is sent on to it; one from the terminal reaches it without us.
/// UserError when it cannot be started.
CommandOutcome run_in_foreground(const std::vector<std::string>& command, const HeldSignals& signals);

}  // namespace packrat
