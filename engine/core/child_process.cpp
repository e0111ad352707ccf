#include "engine/core/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <thread>

#include "engine/core/error.h"
#include "engine/core/interrupt.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

/// Working folder, redirections and process group of the program to start.
class SpawnSettings {
 public:
  SpawnSettings(const fs::path& folder, const fs::path& log) {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                     0644);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    // A group of its own, so that what the program starts in turn can be ended with it.
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

pid_t start(const std::vector<std::string>& command, const fs::path& folder, const fs::path& log) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const SpawnSettings settings(fs::absolute(folder), fs::absolute(log));
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, arguments[0], &settings.actions, &settings.attributes,
                                    arguments.data(), environ);
  if (failed == ENOENT) throw UserError(fmt::format("the program {} is not installed", command[0]));
  if (failed != 0) throw UserError(fmt::format("cannot start {}: {}", command[0], std::strerror(failed)));
  return child;
}

/// True when the child has ended.
bool has_ended(pid_t child, int& status) {
  const pid_t result = ::waitpid(child, &status, WNOHANG);
  if (result < 0 && errno != EINTR)
    throw Error(fmt::format("cannot wait for process {}: {}", child, std::strerror(errno)));
  return result == child;
}

void end_group(pid_t child) {
  using namespace std::chrono_literals;
  int status = 0;
  ::kill(-child, SIGTERM);
  for (int tries = 0; tries < 40; ++tries) {
    if (has_ended(child, status)) return;
    std::this_thread::sleep_for(50ms);
  }
  ::kill(-child, SIGKILL);
  ::waitpid(child, &status, 0);
}

}  // namespace

int run_program(const std::vector<std::string>& command, const fs::path& folder, const fs::path& log) {
  using namespace std::chrono_literals;
  const pid_t child = start(command, folder, log);
  int status = 0;
  while (!has_ended(child, status)) {
    if (stop_requested()) {
      end_group(child);
      throw Interrupted(fmt::format("interrupted while {} was running", command[0]));
    }
    std::this_thread::sleep_for(20ms);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool is_program(const std::string& name) {
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const fs::path file = fs::path(folder.empty() ? "." : folder) / name;
    std::error_code failed;
    if (fs::is_regular_file(file, failed) && ::access(file.c_str(), X_OK) == 0) return true;
  }
  return false;
}

}  // namespace packrat
