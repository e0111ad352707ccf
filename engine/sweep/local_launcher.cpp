#include "engine/sweep/local_launcher.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "engine/core/error.h"

namespace packrat {
namespace {

constexpr int kCannotStart = 127;

/// In the new process: only calls that are safe after a fork. Never returns.
[[noreturn]] void become_worker(pid_t parent, int log, char* const* words) {
  ::setpgid(0, 0);  // the terminal's Ctrl-C is for the sweep, which then asks its workers once
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(kCannotStart);  // it ended before the line above
  const int input = ::open("/dev/null", O_RDONLY);
  ::dup2(input, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execv(words[0], words);
  ::_exit(kCannotStart);
}

pid_t start_worker(const Job& job) {
  std::vector<char*> words;
  for (const std::string& word : job.command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const int log = ::open(job.log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (log < 0) throw UserError(fmt::format("cannot write {}: {}", job.log.string(), std::strerror(errno)));
  const pid_t parent = ::getpid(), child = ::fork();
  if (child == 0) become_worker(parent, log, words.data());
  const int reason = errno;
  ::close(log);
  if (child < 0) throw UserError(fmt::format("cannot start a worker: {}", std::strerror(reason)));
  return child;
}

JobEnd end_of(const std::string& name, int status) {
  if (WIFSIGNALED(status))
    return {name, JobEnd::How::kFailed,
            fmt::format("ended by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)))};
  const int code = WEXITSTATUS(status);
  if (code == 0) return {name, JobEnd::How::kDone, ""};
  return {name, JobEnd::How::kFailed,
          code == kCannotStart ? "the program could not be started" : fmt::format("exit code {}", code)};
}

}  // namespace

LocalLauncher::~LocalLauncher() {
  stop();
  for (const auto& [process, name] : running_) ::waitpid(process, nullptr, 0);
}

void LocalLauncher::start(const std::vector<Job>& jobs) {
  ::setenv("OMP_WAIT_POLICY", "passive", 0);  // workers on the same cores must not spin against each other
  for (const Job& job : jobs) running_[start_worker(job)] = job.name;
}

std::vector<JobEnd> LocalLauncher::poll() {
  std::vector<JobEnd> ended;
  for (auto it = running_.begin(); it != running_.end();) {
    int status = 0;
    if (::waitpid(it->first, &status, WNOHANG) == it->first) {
      ended.push_back(end_of(it->second, status));
      it = running_.erase(it);
    } else {
      ++it;
    }
  }
  return ended;
}

void LocalLauncher::stop() {
  for (const auto& [process, name] : running_) ::kill(process, SIGTERM);
}

}  // namespace packrat
