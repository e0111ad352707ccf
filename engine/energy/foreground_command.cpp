#include "engine/energy/foreground_command.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "engine/core/error.h"
#include "engine/core/timer.h"

namespace packrat {
namespace {

pid_t start(const std::vector<std::string>& command, const sigset_t& mask) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setsigmask(&attributes, &mask);
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, arguments[0], nullptr, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0) throw UserError(fmt::format("cannot start '{}': {}", command[0], std::strerror(failed)));
  return child;
}

/// True when a process sent it to us alone. The terminal's Ctrl-C goes to every process in the foreground,
/// and a second copy would end programs that stop with care at the first.
bool sent_by_process(const siginfo_t& info) {
  return info.si_code == SI_USER || info.si_code == SI_QUEUE || info.si_code == SI_TKILL;
}

/// Waits for the child, handing signals on meanwhile.
int wait_for(pid_t child, const sigset_t& signals) {
  for (int status = 0;;) {
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (ended < 0) throw Error(fmt::format("cannot wait for process {}: {}", child, std::strerror(errno)));
    siginfo_t info{};
    const int signal = ::sigwaitinfo(&signals, &info);
    if (signal > 0 && signal != SIGCHLD && sent_by_process(info)) ::kill(child, signal);
  }
}

}  // namespace

HeldSignals::HeldSignals() {
  sigemptyset(&held_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD})
    sigaddset(&held_, signal);
  pthread_sigmask(SIG_BLOCK, &held_, &before_);
}

HeldSignals::~HeldSignals() {
  // What arrived together with the command's end was meant for the command.
  const timespec at_once{0, 0};
  while (::sigtimedwait(&held_, nullptr, &at_once) > 0) continue;
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

CommandOutcome run_in_foreground(const std::vector<std::string>& command, const HeldSignals& signals) {
  if (command.empty()) throw UserError("no command: give one after --");
  CommandOutcome outcome;
  outcome.span.from = now_seconds();
  const Timer timer;
  outcome.exit_code = wait_for(start(command, signals.before()), signals.held());
  outcome.seconds = timer.seconds();
  outcome.span.to = now_seconds();
  return outcome;
}

}  // namespace packrat
